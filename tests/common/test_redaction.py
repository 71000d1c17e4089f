"""Secrets of known shapes do not stay in text; what is harmless stays whole."""

import random
import re
import string
import time

import pytest

from common.redaction import redact, redacted

LETTERS = string.ascii_letters + string.digits


def made(count: int, among: str = LETTERS, seed: int = 7) -> str:
    """Letters of no real secret: put together when the test runs, so that no scanner finds them in this file."""
    dice = random.Random(seed)
    return "".join(dice.choice(among) for _ in range(count - 2)) + "a1"


HEX = "0123456789abcdef"
UPPER = string.ascii_uppercase + "234567"
SHAPES = {
    "AWS key": "AK" + "IA" + made(16, UPPER).upper().replace("1", "2"),
    "AWS secret": "aws_secret_access_key = " + made(40),
    "GitHub token": "gh" + "p_" + made(36),
    "GitHub token, fine-grained": "github_" + "pat_" + made(82),
    "GitLab token": "glp" + "at-" + made(20),
    "Slack token": "xo" + "xb-123456789012-" + made(24),
    "Slack token, app": "xa" + "pp-1-A012-" + made(30),
    "Slack webhook": "https://hooks.slack.com/" + "services/T000/B000/" + made(24),
    "Discord webhook": "https://discord.com/api/" + "webhooks/123456789012345678/" + made(68),
    "Stripe key": "sk_" + "live_" + made(24),
    "Stripe key, webhooks": "wh" + "sec_" + made(32),
    "Google key": "AI" + "za" + made(35),
    "Google token": "ya" + "29." + made(60),
    "npm token": "np" + "m_" + made(36),
    "PyPI token": "py" + "pi-AgE" + made(90),
    "Docker token": "dckr_" + "pat_" + made(27),
    "SendGrid key": "S" + "G." + made(22) + "." + made(43),
    "Twilio key": "S" + "K" + made(32, HEX),
    "Mailgun key": "ke" + "y-" + made(32, HEX),
    "Mailchimp key": made(32, HEX) + "-us" + "14",
    "DigitalOcean token": "dop_" + "v1_" + made(64, HEX),
    "Databricks token": "da" + "pi" + made(32, HEX),
    "Hugging Face token": "h" + "f_" + made(34),
    "OpenAI key": "sk-" + "proj-" + made(48),
    "Anthropic key": "sk-" + "ant-api03-" + made(80),
    "Shopify token": "shp" + "at_" + made(32, HEX),
    "Square token": "sq0" + "atp-" + made(22),
    "Vault token": "hv" + "s." + made(24),
    "Terraform token": made(14) + ".atlas" + "v1." + made(60),
    "Grafana token": "gl" + "sa_" + made(32) + "_" + made(8, HEX),
    "New Relic key": "NR" + "AK-" + made(27),
    "Atlassian token": "ATA" + "TT3" + made(100),
    "Linear key": "lin_" + "api_" + made(40),
    "Postman key": "PM" + "AK-" + made(24, HEX) + "-" + made(34, HEX),
    "Telegram token": "123456789:" + "AA" + made(33),
    "Doppler token": "dp." + "pt." + made(43),
    "Sentry token": "snt" + "rys_" + made(60),
    "Supabase key": "sb" + "p_" + made(40, HEX),
    "Warroom token": "w" + "r_" + made(43),
    "JSON Web Token": "ey" + "J" + made(30) + ".ey" + "J" + made(60) + "." + made(43),
    "private key": "-----BEGIN RSA PRIVATE" + " KEY-----\n" + made(200) + "\n-----END RSA PRIVATE" + " KEY-----",
    "private key, cut short": "-----BEGIN PRIVATE" + " KEY-----\n" + made(200),
    "account key": "AccountName=x;Account" + "Key=" + made(86) + "==",
    "signature of an address": "https://x.example.org/f?se=1&s" + "ig=" + made(43) + "%3D",
    "password in an address": "postgres://warroom:" + made(12) + "@db.example.org/warroom",
    "credentials": "curl -H 'Authori" + "zation: Bearer " + made(20) + "'",
    "credentials, PagerDuty": "Authori" + "zation: Token token=" + made(20),
    "credentials, basic": "Authori" + "zation: Basic " + made(24) + "==",
    "password": "pass" + "word=" + made(14),
    "password, YAML": "db_pass" + 'word: "' + made(14) + '"',
    "password, environment": "PGPASS" + "WORD=" + made(14) + " psql",
    "password, JSON": '{"client_' + 'secret": "' + made(24) + '"}',
    "password, option": "mysqldump --pass" + "word=" + made(14),
    "password, mysql": "mysql -uroot -p" + "S" + made(14) + " shop",
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_secret_is_taken_out_and_named(name: str) -> None:
    secret = SHAPES[name]
    itself = max(re.findall(r"[A-Za-z0-9]+", secret), key=len)

    text, found = redact(f"here it is: {secret}\nand more")

    assert found == [name.split(",")[0]], text
    assert f"‹{found[0]} removed›" in text
    assert itself not in text
    assert itself[-10:] not in text
    assert text.startswith("here it is")
    assert "and more" in text or "private key" in name


def test_done_twice_is_done_once() -> None:
    for secret in SHAPES.values():
        once = redacted(secret)
        assert redact(once) == (once, [])


@pytest.mark.parametrize(
    "text",
    [
        "the password: please reset it",
        "token expired at 12:00, secret rotated",
        "password: <your password>",
        "api_key: ${API_KEY}",
        "TOKEN=$TOKEN ./deploy.sh",
        "password=********",
        "password = xxxxxxxx",
        "secret: none",
        "docker run -p 8080:80 -p8443:443 shop",
        "mkdir -p /var/lib/warroom2 && pytest -parallel",
        "commit 3f2a9c1b7de04a5f9c8b6e2d1f0a9b8c7d6e5f40 broke it",
        "trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7",
        "https://warroom.example.org/incidents/142?tab=timeline&sort=up#e17",
        "arn:aws:iam::123456789012:role/deploy and i-0abcd1234ef567890",
        "user@db.example.org:5432 refused, http://db.example.org:5432/@me",
        "uuid 123e4567-e89b-12d3-a456-426614174000",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "Bearer tokens expire after one hour everywhere",
        "the key-value store and sk-learn are fine",
    ],
)
def test_what_is_harmless_stays(text: str) -> None:
    assert redact(text) == (text, [])


WORDS = """
checkout password token secret key deploy rollback pool errors the is at a rate of 5xx latency p95 ms bearer rotated
reset expired api auth header node-7 v2.14.1 db-main:5432 region eu-west-1 pod shop-7d9f8b6c5-x2x9k /var/log/syslog
10.0.3.17 12:04:31 #142 @bo SEV1 status=503 code=E1042 retries=3 user_id=81723 request_id=01HZX3M9 sha=3f2a9c1
--force --replicas=4 -p 8080 why? because: token, password; secret.
"""


def test_ten_thousand_harmless_lines_stay_but_for_one_in_a_hundred() -> None:
    dice = random.Random(20260304)
    words = WORDS.split()
    lines = [" ".join(dice.choices(words, k=dice.randint(3, 25))) for _ in range(10_000)]

    touched = [line for line in lines if redacted(line) != line]

    assert len(touched) <= 100, touched[:10]


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a_",
        "eyJ",
        "token=",
        "secret ",
        "://",
        "x:/",
        "bearer ",
        "-----BEGIN PRIVATE KEY-----",
        "AKIA",
        " -p",
        "&sig=",
    ],
)
def test_the_cost_grows_with_the_length_only(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        started = time.perf_counter()
        for _ in range(3):
            redact(text)
        return time.perf_counter() - started

    assert min(seconds(80_000) for _ in range(3)) < 60 * min(seconds(8_000) for _ in range(3)) + 0.05
