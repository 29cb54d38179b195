"""Every setting, in one file. What differs between installations comes from the environment through `config.env`."""

import os
from pathlib import Path
from typing import Any

from config import logs, networks, resolvers
from config.embedded import addresses as addressing
from config.embedded import keys
from config.env import Env
from kernel import databases, mail

ROOT = Path(__file__).resolve().parent.parent
env = Env.at(ROOT)

# ---- This installation ----

VAR = Path(
    os.path.abspath(  # not resolve(): it follows links, and sockets are named after the path
        env.text(
            "FREEHOLD_VAR", default=str(ROOT / "var"), help="Folder of everything that the product writes: data, secrets, logs."
        )
    )
)
embedded = addressing.at(VAR)
DRAINING_FILE = embedded.run / "draining"
PORT = env.number(
    "PORT",
    default=8000,
    minimum=1,
    maximum=65535,
    help="Port of the web server; `make up` takes the next free one when it is not set.",
)
OPERATOR_HOST = env.text(
    "OPERATOR_HOST", default="platform.localhost", help="Host of the operator's console and API, the domain of tenant zero."
)
TENANT_DOMAIN_SUFFIX = env.text(
    "TENANT_DOMAIN_SUFFIX", default="localhost", help="Each tenant answers at its slug, a dot, and this suffix."
)
HTTPS = env.flag("HTTPS", default=False, help="The product is reached over https: cookies become Secure and HSTS is sent.")
TRUSTED_PROXIES = env.number(
    "TRUSTED_PROXIES", default=0, maximum=10, help="How many own proxies append to X-Forwarded-For in front of the product."
)
DEBUG = False
APP_VERSION = "0.1.0"  # as in pyproject.toml, which an installation need not have

# ---- Secrets ----

SECRET_KEY = env.secret(
    "SECRET_KEY",
    default=keys.secret(embedded, "secret_key"),
    help="Signs cookies and forms; changing it signs everybody out of open forms.",
)
SEALING_KEYS: tuple[str, ...] = tuple(
    env.secret(
        "SEALING_KEYS",
        default=keys.sealing_ring(embedded),
        help="Key ring for secrets at rest, `id:base64 of 32 bytes` each, separated by commas: the first seals, all open.",
    ).split(",")
)
KEY_PROVIDER = env.text(
    "KEY_PROVIDER",
    default="ring",
    choices=("ring", "transit"),
    help="Who wraps the keys that tenants' secrets are sealed under: `ring`, the first of SEALING_KEYS, or `transit`, a key service that speaks the transit API of Vault and OpenBao.",
)
KMS_URL = env.text(
    "KMS_URL",
    default="",
    help="Address of the key service for KEY_PROVIDER=transit, e.g. `https://vault.example.com:8200`; one on a private network must be let through by OUTBOUND_PRIVATE.",
).rstrip("/")
KMS_TOKEN = env.secret("KMS_TOKEN", default="", help="Token that the key service knows this installation by.")
KMS_KEY = env.text("KMS_KEY", default="freehold", help="Name of the key in the key service that wraps the tenants' keys.")
KMS_AUTHORITIES = env.text(
    "KMS_AUTHORITIES",
    default="",
    help="PEM file with the authorities that may certify the key service; empty: those of the system.",
)
if KEY_PROVIDER == "transit" and not (KMS_URL and KMS_TOKEN):
    env.fault("KEY_PROVIDER=transit needs KMS_URL and KMS_TOKEN.")
if KMS_AUTHORITIES and not Path(KMS_AUTHORITIES).is_file():
    env.fault(f"KMS_AUTHORITIES names {KMS_AUTHORITIES!r}, which is no file.")
DIGEST_PEPPER = env.secret(
    "DIGEST_PEPPER",
    default=keys.secret(embedded, "digest_pepper"),
    help="Pepper of all digests: changing it voids every API key, and the trail cannot be verified any more.",
)
SECRET_KEY_FALLBACKS: list[str] = []

# ---- Databases ----

HOME_APPS = frozenset({"tenants"})
DATABASE_ROUTERS = ["kernel.tenancy.router.TenantRouter"]
_home_url = env.secret("DATABASE_URL", default="", help="Home database as postgres://…; empty: the embedded PostgreSQL.")
_cell_secret = env.secret(
    "CELL_DATABASE_URLS",
    default="",
    help="Cells as `alias=postgres://…`, separated by commas; empty: cell-1 on the embedded PostgreSQL.",
)
_cell_urls = [entry.strip() for entry in _cell_secret.split(",") if entry.strip()]
DATABASES: dict[str, Any] = {}
EMBEDDED_DATABASE: dict[str, str] = {}
if _home_url:
    try:
        DATABASES["default"] = databases.entry(databases.from_url(_home_url))
        DATABASES |= {cell.partition("=")[0]: databases.entry(databases.from_url(cell.partition("=")[2])) for cell in _cell_urls}
    except ValueError as fault:
        env.fault(f"DATABASE_URL or CELL_DATABASE_URLS cannot be read: {fault}.")
    if not _cell_urls:
        env.fault("CELL_DATABASE_URLS is required where DATABASE_URL is set: name at least one cell, e.g. cell-1=postgres://…")
else:
    _password = keys.secret(embedded, keys.DATABASE_PASSWORD)
    DATABASES["default"] = databases.entry(embedded.database("home", password=_password))
    DATABASES["cell-1"] = databases.entry(embedded.database("cell_1", password=_password))
    EMBEDDED_DATABASE = embedded.database("", password=_password)
IS_EMBEDDED = not _home_url
CELLS = tuple(alias for alias in DATABASES if alias != "default")
SPARE_TENANTS = env.number(
    "SPARE_TENANTS",
    default=2,
    maximum=1000,
    help="Places that each open cell keeps ready for new tenants, about 1 MB each; 0 builds each place when it is asked for.",
)
TENANTS_PER_CONNECTION = env.number(
    "TENANTS_PER_CONNECTION",
    default=64,
    minimum=1,
    maximum=10_000,
    help="A database connection takes no more tenants after this many, because PostgreSQL keeps about 1 MiB for each.",
)
SHELVED_CONNECTIONS = env.number(
    "SHELVED_CONNECTIONS",
    default=20,
    maximum=1000,
    help="Full connections that each web process keeps to each cell, for the tenants that they have served; 0 replaces them instead.",
)
REGISTRY_REVIEW_S = env.number(
    "REGISTRY_REVIEW_S",
    default=2,
    maximum=4,
    help="Seconds between two looks at which tenants changed, in each web process that is asked anything; 0: each tenant is asked for anew after five seconds.",
)
COPIES: tuple[str, ...] = ()
_copy_url = env.secret(
    "REGISTRY_COPY_URL",
    default="",
    help="Read copy of the registry in this region as postgres://…, made by `manage.py registry subscribe`: hosts are found there while home is away.",
)
if _copy_url:
    COPIES = ("registry-copy",)
    try:
        DATABASES["registry-copy"] = databases.entry(databases.from_url(_copy_url))
    except ValueError as fault:
        env.fault(f"REGISTRY_COPY_URL cannot be read: {fault}.")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---- Copies of tenants ----

_backup_folder = env.text(
    "BACKUP_FOLDER",
    default="",
    help="Folder of the copies of tenants, one below it for each region; give it a disk of its own and copy it elsewhere. Empty: `backups` below FREEHOLD_VAR.",
)
BACKUP_FOLDER = _backup_folder or str(VAR / "backups")
_backup_folders = env.text(
    "BACKUP_FOLDERS",
    default="",
    help="Folders of single regions as `region=/path`, separated by commas, so that copies stay in the jurisdiction of their region.",
)
BACKUP_FOLDERS = {
    entry.partition("=")[0].strip(): entry.partition("=")[2].strip() for entry in _backup_folders.split(",") if entry.strip()
}
if not all(region and Path(folder).is_absolute() for region, folder in BACKUP_FOLDERS.items()):
    env.fault("BACKUP_FOLDERS takes `region=/absolute/path`, separated by commas.")

_export_folder = env.text(
    "EXPORT_FOLDER",
    default="",
    help="Folder of exports of the audit trail, sealed, each kept for a week; web and workers must share it. Empty: `exports` below FREEHOLD_VAR.",
)
EXPORT_FOLDER = _export_folder or str(VAR / "exports")

BACKUP_DRILLS = env.number(
    "BACKUP_DRILLS",
    default=3,
    maximum=1000,
    help="How many tenants' newest copies are restored for trial every night; 0 tries none.",
)

# ---- Redis and tasks ----

REDIS_URL = env.secret(
    "REDIS_URL", default="", help="Redis for tasks, throttles and cache messages as redis://…; empty: the embedded Redis."
)
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://")):
    env.fault("REDIS_URL must begin with redis:// or rediss://.")
CELERY_BROKER_URL = REDIS_URL or embedded.broker_url(1)
REDIS_URL = REDIS_URL or embedded.redis_url(0)
REGISTRY_CHANNEL = "freehold:registry"

# ---- Application ----

INSTALLED_APPS = [
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_cotton",
    "django_htmx",
    "lucide",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "operations",
    "audit",
    "identity",
    "tenants",
    "console",
    "config",
]
MIDDLEWARE = [
    "kernel.api.middleware.RequestMiddleware",
    "kernel.api.headers.HeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "kernel.api.health.HealthMiddleware",
    "tenants.tls_asking.TlsAskMiddleware",
    "tenants.middleware.TenantMiddleware",
    "kernel.api.telling.FailuresMiddleware",
    "tenants.redirecting.RedirectMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "console.middleware.PageMessagesMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "config.urls_tenant"
OPERATOR_URLCONF = "config.urls_operator"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
ALLOWED_HOSTS = ["*"]  # the tenants middleware knows the hosts and answers 404 for every other
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
# What follows after these is a bearer secret, and is kept out of logs and the trail.
SECRET_PATHS = ("/invitation/", "/reset/", "/support/enter/")
ACCESS_LOG = env.flag("ACCESS_LOG", default=True, help="Write one line per request.")
AUDIT_LOG_LINE = env.flag(
    "AUDIT_LOG_LINE",
    default=False,
    help="Write `audit.entry`, its id and its MAC to standard output for each entry, once it is committed: a log collector that keeps these lines lets `manage.py audit verify --against-log` find entries that were removed before they were sealed.",
)
LOGGING_CONFIG = None
LOG_FORMAT = env.text(
    "LOG_FORMAT", default="text", choices=("text", "json"), help="How log lines are written: text for people, json for collectors."
)
LOG_LEVEL = env.text(
    "LOG_LEVEL",
    default="INFO",
    choices=("DEBUG", "INFO", "WARNING", "ERROR"),
    help="The least important line that is still written.",
)
logs.configure(form=LOG_FORMAT, level=LOG_LEVEL)

# ---- Caches ----

# Nothing of ours uses them; whatever does finds its own tenant's values and no other's.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "KEY_FUNCTION": "kernel.tenancy.caching.tenant_key",
    }
}

# ---- Who does what for the kernel, by name ----

TENANT_BY_ID = "tenants.resolving.by_id"
TENANT_BY_SLUG = "tenants.resolving.by_slug"
TENANT_BY_CODE = "tenants.resolving.by_code"
PRODUCT_ACTIONS = "tenants.product_actions.find"
ACT_IN_TENANT = "tenants.api.acting.acting_in"
SERVING_TENANTS = "tenants.resolving.serving"
TENANT_MOVED = "tenants.moves.meeting.met_by"
TENANT_ADDRESS = "tenants.links.of_tenant"
TENANT_HOST = "tenants.queries.primary_host"
FORGOTTEN_PERSONS = "tenants.forgotten"
PUBLISHED_HEADS = "tenants.published_heads.store"
PASSING_TENANT = "tenants.actions.scratch.passing"
SUPERUSER = "config.superuser.connected"
PERSON_BEHIND_ACTOR = "identity.queries.person_of"
ACCESS_DECIDER = "identity.access.refusal"
PERMISSION_CATALOGUES = (
    "identity.permissions.Permission",
    "audit.permissions.Permission",
    "operations.permissions.Permission",
    "tenants.permissions.Permission",
)
EACH_PLACE_ALONE = "tenants.places_alone.each"
CELL_ADDRESS = "tenants.addresses.entry_of"
ALL_CELLS = "tenants.addresses.names"
CELL_MAKER = "config.servers.make_cell"
CELL_PREPARER = "config.servers.prepare_cell"
ROUTING_SOURCES = "tenants.resolving.sources"
EVENT_RECORDER = "audit.actions.record"
EVENT_CONSUMERS: tuple[str, ...] = ("audit.watch",)
REFUSAL_RECORDER = "audit.actions.record_refusal"
FAILURE_RECORDER = "audit.actions.record_failure"
WORK_RECORDER = "audit.actions.record_given_up"
READ_RECORDER = "audit.actions.record_read"
IDEMPOTENCY_STORE = "operations.answers.store"
DATA_KEYS = "identity.data_keys.store.keys"
HEALTH_PARTS = {"key_service": "identity.queries.wrapping_key"} if KEY_PROVIDER == "transit" else {}
SEALED = ("audit.sealed.SEALED", "identity.sealed.SEALED", "operations.sealed.SEALED")
SEALED_AT_HOME = ("tenants.sealed.SEALED",)

# ---- Custom domains ----

EDGE_DOMAIN = env.text(
    "EDGE_DOMAIN",
    default=f"edge.{TENANT_DOMAIN_SUFFIX}",
    help="Tenants point their domains to a name of their own below this one; `*.EDGE_DOMAIN` must resolve to the proxy. Empty takes `edge.` before TENANT_DOMAIN_SUFFIX.",
).lower()
EDGE_ADDRESSES = env.listing(
    "EDGE_ADDRESSES",
    help="IP addresses of the proxy, for domains that cannot have a CNAME (example.com itself); empty: those that the CNAME target resolves to.",
)
CERTIFICATE_AUTHORITIES = env.listing(
    "CERTIFICATE_AUTHORITIES",
    default=("letsencrypt.org", "sectigo.com"),
    help="What the proxy's certificate authorities are called in CAA records; a domain whose CAA records allow none of them is told so.",
)
DNS_RESOLVERS: tuple[tuple[str, int], ...] = ()
try:
    DNS_RESOLVERS = resolvers.parsed(
        env.listing(
            "DNS_RESOLVERS",
            help="Recursive name servers that custom domains are looked up with, `address` or `address:port`; empty: the system's.",
        )
    )
except ValueError as fault:
    env.fault(f"DNS_RESOLVERS cannot be read: {fault}.")
PROXY_SECRET = env.secret(
    "PROXY_SECRET",
    default="",
    help="What the proxy sends when it asks whether a host may have a certificate; empty: only a proxy on this machine may ask.",
)

# ---- Mail ----

MAIL_URL = env.secret(
    "MAIL_URL",
    default="",
    help="Mail server as smtp://user:password@mail.example.com:587?tls=starttls (or tls, none); empty: no mail is sent, and who asks for it is told so.",
)
MAIL_FROM = env.text(
    "MAIL_FROM",
    default=f"freehold@{OPERATOR_HOST}",
    help="Address that mail comes from, with or without a name before it in `Name <address>`.",
)
if MAIL_URL:
    try:
        mail.server_of(MAIL_URL)
    except ValueError as fault:
        env.fault(f"MAIL_URL cannot be read: {fault}.")

# ---- Alerts ----

GEOIP_PATH = env.text(
    "GEOIP_PATH",
    default="",
    help="GeoIP2 or GeoLite2 City database (.mmdb) that the alert rules find places of addresses in; empty: rules about places find nothing.",
)
if GEOIP_PATH and not Path(GEOIP_PATH).is_file():
    env.fault(f"GEOIP_PATH names {GEOIP_PATH!r}, which is no file.")

# ---- The way out ----

OUTBOUND_PRIVATE: tuple[networks.Network, ...] = ()
try:
    OUTBOUND_PRIVATE = networks.parsed(
        env.listing(
            "OUTBOUND_PRIVATE",
            help="Networks that are not public and may still be called, e.g. `10.20.0.0/16`: for collectors, storage and mail of your own. Plain http is let through there too; the metadata addresses of clouds stay closed.",
        )
    )
except ValueError as fault:
    env.fault(f"OUTBOUND_PRIVATE cannot be read: {fault}.")
OUTBOUND_RESOLVERS: tuple[tuple[str, int], ...] = ()
try:
    OUTBOUND_RESOLVERS = resolvers.parsed(
        env.listing(
            "OUTBOUND_RESOLVERS",
            help="Recursive name servers that other systems are looked up with before they are called, `address` or `address:port`; empty: as this machine does, with its hosts file.",
        )
    )
except ValueError as fault:
    env.fault(f"OUTBOUND_RESOLVERS cannot be read: {fault}.")

# ---- Identity ----

AUTH_USER_MODEL = "identity.User"  # what the devices of django-otp point to; nothing of django.contrib.auth is installed
PASSWORD_HASHERS = ["identity.passwords.Argon2Hasher"]
SESSION_COOKIE_NAME = "__Host-freehold_session" if HTTPS else "freehold_session"
SESSION_ABSOLUTE_S = env.number(
    "SESSION_ABSOLUTE_S", default=43_200, minimum=300, help="Seconds after which a session ends, used or not."
)
SESSION_IDLE_S = env.number(
    "SESSION_IDLE_S", default=7_200, minimum=60, help="Seconds without a request after which a session ends."
)
SESSIONS_MAXIMUM = env.number(
    "SESSIONS_MAXIMUM",
    default=25,
    minimum=1,
    maximum=1000,
    help="Sessions that a person may have at once; one more ends the oldest.",
)
PASSWORD_MINIMUM = env.number(
    "PASSWORD_MINIMUM", default=12, minimum=8, maximum=64, help="The shortest password that may be chosen, in characters."
)
STEP_UP_S = env.number(
    "STEP_UP_S",
    default=900,
    minimum=60,
    maximum=86_400,
    help="Seconds for which a proof of who one is counts as fresh before sensitive acts.",
)
INACTIVE_DAYS = env.number(
    "INACTIVE_DAYS",
    default=0,
    maximum=3660,
    help="Days without a sign-in or a key's use after which a person is put out; 0: never.",
)
PASSWORD_RESET_S = env.number(
    "PASSWORD_RESET_S", default=3600, minimum=300, maximum=86_400, help="Seconds for which a link to choose another password works."
)
ATTEMPT_COOKIE_NAME = "__Host-freehold_attempt" if HTTPS else "freehold_attempt"
BREACH_LIST = env.text(
    "BREACH_LIST",
    default="",
    help="Passwords that leaked somewhere and may not be chosen: a file of SHA-1 hashes in order (HIBP's format, one `HASH:count` a line), the https address of a range service (`https://api.pwnedpasswords.com/range/`), or the dotted name of a function from a SHA-1 in hex to a count. Empty: the list of common passwords alone.",
)
if BREACH_LIST.startswith("/") and not Path(BREACH_LIST).is_file():
    env.fault(f"BREACH_LIST names {BREACH_LIST!r}, which is no file.")
SMS_PROVIDER = env.text(
    "SMS_PROVIDER",
    default="",
    help="Dotted name of the function that sends text messages with sign-in codes: `identity.sms_providers.twilio.send`, or `identity.sms_providers.outbox.send`, which writes them to a file for trying things out. Empty: nobody can add a telephone.",
)
SMS_URL = env.secret(
    "SMS_URL",
    default="",
    help="Where `twilio.send` posts messages, `https://ACCOUNT:TOKEN@api.twilio.com/2010-04-01/Accounts/ACCOUNT/Messages.json` with the account and its token.",
)
SMS_FROM = env.text("SMS_FROM", default="", help="Number or name that text messages come from, as the service allows it.")
SMS_COUNTRIES = env.listing(
    "SMS_COUNTRIES",
    help="Countries whose telephones get codes, by their two letters, e.g. `DE,FR`. Name those that your people live in: messages to others are a known way to cost you money. Empty: none.",
)
WEBAUTHN_ROOTS = env.text(
    "WEBAUTHN_ROOTS",
    default="",
    help="PEM file with the certificates of makers of authenticators; where a rule names models of authenticators, the maker's certificate must lead to one of these. Empty: it must be there, but its maker is not checked.",
)
if WEBAUTHN_ROOTS and not Path(WEBAUTHN_ROOTS).is_file():
    env.fault(f"WEBAUTHN_ROOTS names {WEBAUTHN_ROOTS!r}, which is no file.")
API_KEY_MAX_DAYS = env.number(
    "API_KEY_MAX_DAYS", default=366, minimum=1, maximum=3660, help="The longest life of an API key in days."
)
INVITATION_S = env.number("INVITATION_S", default=604_800, minimum=3600, help="Seconds for which an invitation can be accepted.")

# ---- Safety of pages ----

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # Without includeSubDomains: a tenant's own domain may be example.com itself, whose other hosts are none of our business.
} | ({"Strict-Transport-Security": "max-age=31536000"} if HTTPS else {})
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS and TRUSTED_PROXIES else None
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_NAME = "__Host-freehold_csrf" if HTTPS else "freehold_csrf"
CSRF_FAILURE_VIEW = "kernel.api.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
# The largest body of all, a file of people; every route has its own, lower limit (kernel.api.parsing).
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024 + 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
# A larger body is refused before it is read, so a file of people never lies on the disk of the web server.
FILE_UPLOAD_MAX_MEMORY_SIZE = DATA_UPLOAD_MAX_MEMORY_SIZE

# ---- Static files ----

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
_is_collected = (STATIC_ROOT / "staticfiles.json").is_file()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.assets.Storage"},
}
WHITENOISE_USE_FINDERS = not _is_collected
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# ---- REST ----

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "identity.api.signed_requests.SignedRequestAuthentication",
        "identity.api.authentication.ApiKeyAuthentication",
        "identity.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "kernel.api.schema.Schema",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Freehold API",
    "VERSION": "1",
    "DESCRIPTION": "Tenants, people, keys and the trail. Every refusal is a problem document (RFC 9457); every list is a cursor page.",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/v1",
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATION_PARAMETERS": False,
    "POSTPROCESSING_HOOKS": ["kernel.api.schema.complete"],
}

# ---- Running ----

WEB_WORKERS = env.number("WEB_WORKERS", default=2, minimum=1, maximum=256, help="Web processes; take one per core.")
WEB_THREADS = env.number(
    "WEB_THREADS", default=2, minimum=1, maximum=64, help="Blocking threads per web process; each keeps a connection per database."
)

UNKNOWN_NAMES = env.unknown_names()  # likely misspelt; `doctor` tells of them
env.finish()
