"""People and teams."""

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower

from common import clock


class Role(models.TextChoices):
    """What a person may do everywhere; commanding one incident comes by assignment."""

    VIEWER = "viewer", "Viewer"
    RESPONDER = "responder", "Responder"
    ADMIN = "admin", "Administrator"


def check_time_zone(value: str) -> None:
    """Refuse a name that is not in the time zone database."""
    if value not in available_timezones():
        raise ValidationError(f"“{value}” is not a time zone; write it like Europe/Berlin")


class UserManager(BaseUserManager["User"]):
    """People by e-mail, whatever its case. Machines are none: ask `User.everyone` where they count too."""

    def get_queryset(self) -> "models.QuerySet[User]":
        return super().get_queryset().filter(is_machine=False)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person; the name defaults to the local part of the address."""
        fields.setdefault("name", email.split("@")[0].replace(".", " ").title())
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, **{**fields, "role": Role.ADMIN})


class User(AbstractBaseUser):
    """One person, known by e-mail. A machine is one of ours: it can't sign in, and stands in no list."""

    THEMES: ClassVar = [("system", "As my device"), ("light", "Light"), ("dark", "Dark"), ("night", "Night")]
    TEXT_SIZES: ClassVar = [("normal", "Normal"), ("large", "Large")]

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    handle = models.SlugField(max_length=60, unique=True, help_text="How to mention them: @handle")
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.RESPONDER)
    is_active = models.BooleanField(default=True)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[check_time_zone])
    theme = models.CharField(max_length=8, choices=THEMES, default="system")
    text_size = models.CharField(max_length=8, choices=TEXT_SIZES, default="normal")
    keys_on = models.BooleanField("keyboard shortcuts", default=True)
    is_machine = models.BooleanField(default=False, db_default=False, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = []
    objects = UserManager()
    everyone: ClassVar["models.Manager[User]"] = models.Manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.handle:
            self.handle = self._free_handle()
        super().save(*args, **kwargs)

    def _free_handle(self) -> str:
        from django.utils.text import slugify

        base = slugify(self.email.split("@")[0])[:50] or "person"
        taken = set(User.objects.filter(handle__startswith=base).values_list("handle", flat=True))
        handle, n = base, 1
        while handle in taken:
            n += 1
            handle = f"{base}-{n}"
        return handle

    @property
    def is_admin(self) -> bool:
        return self.is_active and self.role == Role.ADMIN

    @property
    def is_staff(self) -> bool:
        """Django's admin is for administrators."""
        return self.is_admin

    @property
    def is_superuser(self) -> bool:
        return self.is_admin

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_admin

    def has_perms(self, perm_list: Any, obj: object = None) -> bool:
        return self.is_admin

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_admin

    def get_full_name(self) -> str:
        return self.name


class Team(models.Model):
    """A group of people who own services together."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    members: "models.ManyToManyField[User, TeamMember]" = models.ManyToManyField(
        User, through="TeamMember", related_name="teams"
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TeamMember(models.Model):
    """One person in one team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    user = models.ForeignKey(User, on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="team_member_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"
