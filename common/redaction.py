"""Secrets that people paste: known shapes are taken out of text before it is kept, sent or logged.

Pure and linear in the text's length. What a shape is called stands in its place, so that everybody sees that
something was there and its owner knows what to revoke. The shapes are the published formats of their makers.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

_MARK = "‹{} removed›"
#: what stands where a value is explained rather than given: <token>, $TOKEN, ${TOKEN}, {{ token }}, ****, xxxx
_NO_VALUE = re.compile(
    r"^(?:[<$%{\[*‹].*|(.)\1*|(?:null|none|true|false|nil|undefined)\W*)$", re.IGNORECASE | re.DOTALL
)
_MOST = 200_000


@dataclass(frozen=True)
class _Shape:
    """One kind of secret. `group`: the part that is taken out; `counts`: asked about that part."""

    name: str
    pattern: re.Pattern[str]
    group: int = 0
    counts: Callable[[str], bool] | None = None


def _value(text: str) -> bool:
    """A value somebody could use: not a placeholder, and not a plain word of a sentence."""
    if _NO_VALUE.match(text) or len(text) < 6:
        return False
    kinds = [any(map(test, text)) for test in (str.isdigit, str.islower, str.isupper, lambda c: not c.isalnum())]
    return sum(kinds) >= 2 and (kinds[0] or (kinds[2] and kinds[1]) or kinds[3])


def _long_mixed(text: str) -> bool:
    return len(text) >= 16 and any(map(str.isdigit, text)) and any(map(str.isalpha, text))


def _password_of_mysql(text: str) -> bool:
    """What follows `-p` without a space: -pS3cret, but not -p8080:80 and not -parallel."""
    return _value(text) and not text[0].isdigit() and any(map(str.isdigit, text))


def _given(text: str) -> bool:
    return not _NO_VALUE.match(text)


def _shape(name: str, pattern: str, group: int = 0, counts: Callable[[str], bool] | None = None) -> _Shape:
    return _Shape(name, re.compile(pattern), group, counts)


_END = r"(?![A-Za-z0-9_-])"
_START = r"(?<![A-Za-z0-9_-])"


def _token(name: str, pattern: str) -> _Shape:
    return _shape(name, _START + pattern + _END)


_SHAPES = (
    _shape(
        "private key",
        r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?s:.*?)"
        r"(?:-----END (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----|\Z)",
    ),
    _token("age key", r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    _token("AWS key", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}"),
    _shape(
        "AWS secret",
        r"(?i:aws|secret)[\w ]{0,30}?['\"]?\s{0,3}[:=]\s{0,3}['\"]?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
        1,
    ),
    _token("GitHub token", r"(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{50,255})"),
    _token("GitLab token", r"gl(?:pat|ptt|dt|rt|soat|cbt|agent)-[\w-]{20,255}"),
    _token("Slack token", r"(?:xox[abceoprs]-[\w-]{10,250}|xapp-\d-[\w-]{10,250})"),
    _shape("Slack webhook", r"(?<=hooks\.slack\.com/)(?:services|workflows|triggers)/[\w/-]{20,200}"),
    _shape("Discord webhook", r"(?<=discord\.com/api/webhooks/)\d{15,22}/[\w-]{50,100}"),
    _shape("Teams webhook", r"(?<=webhook\.office\.com/webhookb2/)[\w@./-]{40,300}"),
    _token("Stripe key", r"(?:[sr]k_(?:live|test)_[A-Za-z0-9]{16,250}|whsec_[A-Za-z0-9+/]{24,250})"),
    _token("Google key", r"(?:AIza[\w-]{35}|GOCSPX-[\w-]{28})"),
    _token("Google token", r"ya29\.[\w.-]{20,500}"),
    _token("npm token", r"npm_[A-Za-z0-9]{36}"),
    _token("PyPI token", r"pypi-AgE[\w-]{50,500}"),
    _token("RubyGems key", r"rubygems_[0-9a-f]{48}"),
    _token("Docker token", r"dckr_(?:pat|oat)_[\w-]{20,60}"),
    _token("SendGrid key", r"SG\.[\w-]{16,32}\.[\w-]{32,64}"),
    _token("Twilio key", r"SK[0-9a-f]{32}"),
    _token("Mailgun key", r"key-[0-9a-f]{32}"),
    _token("Mailchimp key", r"[0-9a-f]{32}-us\d{1,2}"),
    _token("DigitalOcean token", r"do[opr]_v1_[0-9a-f]{64}"),
    _token("Databricks token", r"dapi[0-9a-f]{32}(?:-\d)?"),
    _token("Hugging Face token", r"hf_[A-Za-z0-9]{30,50}"),
    _token("OpenAI key", r"sk-(?:proj-|svcacct-|admin-)[\w-]{20,250}|(?<![A-Za-z0-9_-])sk-[A-Za-z0-9]{40,60}"),
    _token("Anthropic key", r"sk-ant-[\w-]{20,250}"),
    _token("Shopify token", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    _token("Square token", r"(?:sq0(?:atp|csp|idp)-[\w-]{22,60}|EAAA[\w-]{60})"),
    _token("Vault token", r"hv[sbr]\.[\w-]{24,300}"),
    _shape("Terraform token", r"(?<![A-Za-z0-9])[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,80}"),
    _token("Grafana token", r"(?:glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}|glc_[A-Za-z0-9+/]{32,400}={0,2})"),
    _token("New Relic key", r"NR(?:AK|JS|II|RA)-[A-Za-z0-9_-]{20,64}"),
    _token("Atlassian token", r"ATATT3[\w=-]{60,250}"),
    _token("Linear key", r"lin_(?:api|oauth)_[A-Za-z0-9]{32,64}"),
    _token("Postman key", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    _token("Telegram token", r"\d{8,10}:AA[\w-]{33}"),
    _token("Discord token", r"[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40}"),
    _token("Doppler token", r"dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{40,80}"),
    _token("Heroku key", r"HRKU-[\w-]{30,80}"),
    _token("Fly token", r"(?:fo1_[\w-]{43}|FlyV1 fm\d[\w+/=,-]{40,500})"),
    _token("PlanetScale password", r"pscale_(?:tkn|pw|oauth)_[\w.=-]{32,64}"),
    _token("Sentry token", r"sntry[su]_[\w+/=-]{40,300}"),
    _token("Supabase key", r"sb(?:p|_secret)_[A-Za-z0-9_]{20,64}"),
    _token("Warroom token", r"wr_[A-Za-z0-9_-]{30,100}"),
    _token("JSON Web Token", r"eyJ[\w-]{8,4000}\.eyJ[\w-]{4,8000}\.[\w-]{8,2000}"),
    _shape("account key", r"(?i:accountkey|sharedaccesskey)=([A-Za-z0-9+/]{40,100}={0,2})", 1),
    _shape(
        "signature of an address",
        r"[?&;](?i:sig|signature|x-amz-signature|x-goog-signature)=([A-Za-z0-9%+/=_-]{20,600})",
        1,
    ),
    _shape(
        "password in an address",
        r"\b[a-z][a-z0-9+.-]{1,30}://[^\s:/@'\"<>]{0,100}:([^\s@/'\"<>]{1,200})@",
        1,
        _given,
    ),
    _shape(
        "credentials",
        r"(?i:\bauthorization)['\"]?\s{0,3}[:=]\s{0,3}['\"]?(?i:bearer|basic|token|apikey|digest)[ =]{1,3}"
        r"(?i:token=)?([\w.~+/=:-]{8,4000})",
        1,
    ),
    _shape("credentials", r"(?i:\b(?:bearer|token token)[ =]{1,3})([\w.~+/=-]{16,4000})", 1, _long_mixed),
    _shape(
        "password",
        r"(?i:(?:password|passwd|passphrase|pwd|secret|secret[_-]?key|api[_-]?key|apikey|access[_-]?key|auth[_-]?token"
        r"|access[_-]?token|refresh[_-]?token|client[_-]?secret|private[_-]?token|token))"
        r"['\"`]{0,2}\s{0,3}(?::|=>?)\s{0,3}['\"`]{0,2}([^\s'\"`,;&‹]{6,500})",
        1,
        _value,
    ),
    _shape("password", r"(?i:--(?:password|passwd|token|secret|api-key)[ =])['\"]?([^\s'\"‹]{6,500})", 1, _value),
    _shape("password", r"(?<=\s-p)([^\s'\"-][^\s'\"]{7,100})", 1, _password_of_mysql),
)


def redact(text: str) -> tuple[str, list[str]]:
    """Return the text without known secrets, and the names of what was taken out, each once, in order."""
    found: list[str] = []
    if len(text) < 8:
        return text, found
    for shape in _SHAPES:
        text = shape.pattern.sub(partial(_without, shape, found), text)
    return text, list(dict.fromkeys(found))


def redacted(text: str) -> str:
    """Return the text without known secrets."""
    return redact(text)[0]


def _without(shape: _Shape, found: list[str], match: re.Match[str]) -> str:
    secret = match.group(shape.group)
    if shape.counts is not None and not shape.counts(secret):
        return match.group()
    found.append(shape.name)
    start, end = match.span(shape.group)
    whole, offset = match.group(), match.start()
    return whole[: start - offset] + _MARK.format(shape.name) + whole[end - offset :]
