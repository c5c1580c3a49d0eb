"""Settings: read once, frozen, every knob with its unit in its name.

Order: defaults < dictation.toml < environment (DICTATION_SEND__HOST) . Secrets only from the environment or files.
A step receives its own section, never the whole. docs/dictation.example.toml lists every knob; a test compares.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from dictation.domain.people import Author, Site
from dictation.errors import BadSettings


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InboxSettings(Part):
    """How recordings are taken."""

    settle_seconds: float = Field(5.0, ge=0, description="a file must not change for this long before it is taken")
    rescan_seconds: float = Field(30.0, gt=0, le=60, description="full scan of the inbox at least this often")
    incomplete_seconds: float = Field(60.0, ge=0, description="an unfinished file that stopped growing waits this long")
    sidecar_wait_seconds: float = Field(120.0, ge=0, description="a recording without author waits for its sidecar")
    max_megabytes: int = Field(500, gt=0, description="largest file taken")
    max_minutes: float = Field(60.0, gt=0, description="longest recording taken")
    watch: Literal["auto", "polling", "none"] = Field("auto", description="file system events are a hint; scans decide")


class TranscribeSettings(Part):
    """Which recogniser, which weights."""

    engine: Literal["auto", "reference", "ct2", "openvino", "cuda", "hybrid"] = Field(
        "auto", description="auto: the fastest on this machine; reference: openai-whisper itself; hybrid: openvino"
    )
    model: str = Field("demo-fr", description="name in models/manifest.toml or models/local.toml")
    threads: int | None = Field(None, ge=1, description="cores for recognition; default: those there are, at most 8")
    recordings: int | None = Field(
        None, ge=1, description="recognised side by side, one model for all; default: 2, 1 on a single core"
    )
    beam_size: int = Field(1, ge=1, le=10)
    converted: Path | None = Field(None, description="models converted for ct2; default <home>/.state/converted")


class StructureSettings(Part):
    lexicons: Path | None = Field(
        None, description="folder of a hospital's own word lists, added to those of patterns/"
    )


class DraftSettings(Part):
    number_probability: float = Field(0.8, ge=0, le=1, description="numbers heard with less are points to check")


class SendSettings(Part):
    """The way out."""

    carrier: Literal["mssante", "smime", "folder"] = "folder"
    host: str = ""
    port: int = Field(587, gt=0, lt=65536)
    tls: Literal["starttls", "implicit"] = "starttls"
    ca_file: Path | None = Field(None, description="trust anchors of the mail server; the system store is not used")
    client_certificate: Path | None = None
    client_key: Path | None = None
    user: str = ""
    password: SecretStr | None = None
    sender: str = Field("", description="mailbox in From and MAIL FROM")
    sender_name: str = Field("", description="MSSanté: what a person reads in From; default: the name of the site")
    production: bool = Field(
        False,
        description="real patients: test identities are refused by MSSanté (real ones else); MSH-11 says P, else T",
    )
    source_oid: str = Field("", description="MSSanté: OID of this sending system", pattern=r"^([0-2](\.[0-9]+)+)?$")
    software_reference: str = Field("", description="MSSanté: X-MSS-NIL, as the national agency gave it")
    revocations: Path | None = Field(
        None, description="lists of revoked certificates: a file, or a folder of *.crl, kept fresh by another program"
    )
    domains_file: Path | None = Field(None, description="MSSanté: the operator's list of trusted domains")
    oauth_token_file: Path | None = Field(None, description="MSSanté: access token of a person's mailbox (XOAUTH2)")
    max_megabytes: float = Field(10.0, gt=0, description="MSSanté: largest message the operator takes")
    signing_certificate: Path | None = None
    signing_key: Path | None = None
    addressee_certificates: Path | None = Field(None, description="folder of <mailbox>.pem")
    addressee_ca_file: Path | None = Field(None, description="who may issue addressees' certificates")
    timeout_seconds: float = Field(60.0, gt=0)
    print_folder: Path | None = Field(None, description="folder carrier: where the letters to print go")


class FeedbackSettings(Part):
    """The mailbox that receives what comes back about our letters."""

    host: str = Field("", description="IMAP server; empty: nothing is polled")
    port: int = Field(993, gt=0, lt=65536)
    tls: Literal["starttls", "implicit"] = "implicit"
    ca_file: Path | None = Field(None, description="trust anchors of the IMAP server; the system store is not used")
    user: str = ""
    password: SecretStr | None = None
    oauth_token_file: Path | None = Field(None, description="access token of a person's mailbox (XOAUTH2)")
    client_certificate: Path | None = Field(None, description="without password and token, it is also the account")
    client_key: Path | None = None
    opening_certificate: Path | None = Field(
        None, description="S/MIME: opens the replies encrypted to it; default: send.signing_certificate"
    )
    opening_key: Path | None = None
    folder: str = Field("INBOX", pattern=r'^[^"\\\x00-\x1f]+$')
    poll_seconds: float = Field(60.0, gt=0)
    delete_recorded: bool = Field(False, description="delete from the mailbox what has been recorded")
    silent_days: float = Field(7.0, gt=0, description="a letter sent so long ago without news is shown")
    unread_hours: float = Field(168.0, gt=0, description="a letter unread for so long may be printed for the post")
    timeout_seconds: float = Field(60.0, gt=0)


class DirectorySettings(Part):
    """The national directory, as last imported."""

    required: bool = Field(False, description="a mailbox the directory does not know is for a person")
    old_days: float = Field(30.0, gt=0, description="an extraction older than this is reported")


class ArchiveSettings(Part):
    folder: Path | None = Field(None, description="archive bundles; default <home>/.state/archive")
    keep_audio_days: int = Field(
        90, ge=1, description="sound is erased so long after the signature, once the letter left; its digest stays"
    )


class RecordSettings(Part):
    """The way into the hospital's patient record."""

    link: Literal["none", "mllp", "fhir", "folder"] = "none"
    host: str = Field("", description="mllp: the interface engine")
    port: int = Field(2575, gt=0, lt=65536, description="mllp; 2575 is HL7's own")
    address: str = Field("", description="fhir: base address, https://...")
    token: SecretStr | None = Field(None, description="fhir: bearer token, when the server asks for one")
    ca_file: Path | None = Field(None, description="trust anchors of the record's server; mllp without it: no TLS")
    client_certificate: Path | None = None
    client_key: Path | None = None
    folder: Path | None = Field(None, description="folder: where the HL7 files go; default <home>/outbox/record")
    facility: str = Field("", description="what MSH-4 calls this hospital: its FINESS number")
    their_application: str = Field("", description="MSH-5")
    their_facility: str = Field("", description="MSH-6")
    number_oid: str = Field("", description="OID under which our document and patient numbers are unique")
    number_system: str = Field("urn:dictation", description="fhir: the same as a URI, urn:oid:...")
    poll_seconds: float = Field(10.0, gt=0, description="how often what is due is looked for")
    listen_host: str = Field("", description="where the administration's ADT and SIU messages come in; empty: nowhere")
    listen_port: int = Field(2576, ge=0, lt=65536)
    listen_certificate: Path | None = Field(
        None, description="with its key and ca_file: TLS, client certificates asked"
    )
    listen_key: Path | None = None
    timeout_seconds: float = Field(30.0, gt=0)


class StoreSettings(Part):
    database: str = Field("", description="empty: SQLite in <home>/.state; or postgresql://...")


class WorkflowSettings(Part):
    reconcile_seconds: float = Field(2.0, gt=0)
    max_attempts: int = Field(3, ge=1)
    retry_seconds: float = Field(60.0, ge=0, description="first wait after TryAgainLater; doubles, at most 1 h")
    uncertain_after_seconds: float = Field(900.0, ge=0)
    limit_network: bool = Field(False, description="the worker refuses any connection but loopback and the mail host")


class WebSettings(Part):
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, lt=65536)
    allowed_hosts: tuple[str, ...] = ("localhost", "127.0.0.1")
    https: bool = Field(False, description="set behind the hospital's TLS proxy: Secure and __Host- cookies")
    idle_minutes: int = Field(15, ge=1)
    secret_key: SecretStr | None = Field(None, description="default: made once in <home>/.state/secret_key")


LimitName = Literal[
    "prepare_hours", "proofread_hours", "answer_hours", "sign_hours",
    "send_hours", "receipt_hours", "error_hours", "urgent_hours",
]  # fmt: skip


class OverdueSettings(Part):
    """How long a dictation may stand still before it is called late; 0 means as long as it likes."""

    prepare_hours: float = Field(2.0, ge=0, description="recognition and draft")
    proofread_hours: float = Field(24.0, ge=0)
    answer_hours: float = Field(24.0, ge=0, description="held: a question nobody answered")
    sign_hours: float = Field(48.0, ge=0)
    send_hours: float = Field(4.0, ge=0)
    receipt_hours: float = Field(72.0, ge=0, description="sent, and no receipt yet")
    error_hours: float = Field(4.0, ge=0, description="quarantined, stuck, returned, perhaps sent")
    urgent_hours: float = Field(4.0, ge=0, description="urgent dictations: no stage before sending takes longer")
    digest_hour: int = Field(7, ge=-1, le=23, description="when the daily word about it is written; -1: never")
    digest_folder: Path | None = Field(None, description="one file a day; default <home>/outbox/digest")
    services: dict[str, dict[LimitName, Annotated[float, Field(ge=0)]]] | None = Field(
        None, description="other hours for one service; what is not named keeps those above"
    )

    def of(self, service: str) -> OverdueSettings:
        """The hours of one service, its own where it has any."""
        own = dict((self.services or {}).get(service, {}))
        return self.model_copy(update={str(name): hours for name, hours in own.items()} | {"services": None})


class AuthorEntry(Part):
    rpps: str = Field(pattern=r"^\d{11}$")
    last_name: str
    first_name: str
    title: str = "Docteur"
    specialty: str = ""
    service: str = ""
    site: str = "principal"
    specialty_code: str = Field("G15_10", description="JDV_J01, e.g. G15_10/SM12")
    folder: str = Field("", description="sub-folder of inbox/ whose recordings without sidecar are this author's")

    def record(self) -> Author:
        return Author(**self.model_dump(exclude={"folder"}))


class SiteEntry(Part):
    key: str
    name: str
    address: tuple[str, ...] = ()
    telephone: str = ""
    finess: str = ""
    facility_code: str = Field("SA01", description="JDV_J02: SA01 public hospital, SA04 private")
    setting_code: str = Field("ETABLISSEMENT", description="JDV_J04")
    hospital_numbers_oid: str = Field(
        "", description="OID of the domain of the hospital numbers (IPP)", pattern=r"^([0-2](\.[0-9]+)+)?$"
    )

    def record(self) -> Site:
        return Site(**self.model_dump())


class _TomlSource(PydanticBaseSettingsSource):
    """dictation.toml, already read: one source among others."""

    def __init__(self, kind: type[BaseSettings], values: dict[str, Any]) -> None:
        super().__init__(kind)
        self.values = values

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        return self.values.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return self.values


_toml: dict[str, Any] = {}


class Settings(BaseSettings):
    """Everything an installation can turn."""

    model_config = SettingsConfigDict(
        env_prefix="DICTATION_", env_nested_delimiter="__", frozen=True, extra="forbid", arbitrary_types_allowed=True
    )

    home: Path = Field(Path(), description="holds inbox/, outbox/, models/ and .state/")
    templates: Path | None = Field(None, description="default: the templates of this program")
    models: Path | None = Field(None, description="default: <home>/models when it exists, else those of this program")
    inbox: InboxSettings = InboxSettings()
    transcribe: TranscribeSettings = TranscribeSettings()
    structure: StructureSettings = StructureSettings()
    draft: DraftSettings = DraftSettings()
    send: SendSettings = SendSettings()
    feedback: FeedbackSettings = FeedbackSettings()
    directory: DirectorySettings = DirectorySettings()
    record: RecordSettings = RecordSettings()
    archive: ArchiveSettings = ArchiveSettings()
    store: StoreSettings = StoreSettings()
    workflow: WorkflowSettings = WorkflowSettings()
    web: WebSettings = WebSettings()
    overdue: OverdueSettings = OverdueSettings()
    authors: tuple[AuthorEntry, ...] = ()
    sites: tuple[SiteEntry, ...] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _TomlSource(settings_cls, _toml)

    @property
    def inbox_folder(self) -> Path:
        return self.home / "inbox"

    @property
    def outbox_folder(self) -> Path:
        return self.home / "outbox"

    @property
    def state_folder(self) -> Path:
        """Database, blobs, locks, archive: never versioned, local disk only."""
        return self.home / ".state"

    @property
    def vocabulary_file(self) -> Path:
        return self.home / "vocabulary.txt"

    @property
    def templates_folder(self) -> Path:
        return self.templates or data_folder("templates")

    @property
    def models_folder(self) -> Path:
        own = self.home / "models"
        return self.models or (own if (own / "manifest.toml").exists() else data_folder("models"))

    def author(self, rpps: str) -> Author | None:
        return next((entry.record() for entry in self.authors if entry.rpps == rpps), None)

    def author_of_folder(self, folder: str) -> Author | None:
        return next((entry.record() for entry in self.authors if entry.folder and entry.folder == folder), None)

    def site(self, key: str) -> Site:
        found = next((entry.record() for entry in self.sites if entry.key == key), None)
        return found or Site(key=key, name="")


def data_folder(name: str) -> Path:
    """templates/ or models/ of this program: beside the packages in a checkout, inside the wheel when installed."""
    here = Path(__file__).resolve().parent
    inside = here / "data" / name
    return inside if inside.exists() else here.parent / name


def home_of(home: Path | None) -> Path:
    """The folder of an installation: the one that is given, else DICTATION_HOME, else where we are."""
    return Path(home or os.environ.get("DICTATION_HOME", ".")).resolve()


def written_in(file: Path) -> dict[str, Any]:
    """What a settings file says, unchecked; nothing when it is not there. BadSettings when it is no TOML."""
    if not file.exists():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{file}: {error}") from error


def set_in_environment() -> dict[str, Any]:
    """What the environment says, unchecked, by section."""
    return EnvSettingsSource(Settings)()


def read_settings(home: Path | None = None, file: Path | None = None) -> Settings:
    """The settings of an installation: <home>/dictation.toml unless `file` is given.

    Raises BadSettings with key, value, file and what would be right.
    """
    home = home_of(home)
    file = file or home / "dictation.toml"
    global _toml
    _toml = written_in(file)
    try:
        return Settings(home=home)
    except ValidationError as error:
        lines = [f"{'.'.join(str(part) for part in e['loc'])} = {e.get('input')!r}: {e['msg']}" for e in error.errors()]
        raise BadSettings(f"{file}: " + "; ".join(lines)) from error
    finally:
        _toml = {}
