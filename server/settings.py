"""The settings. The environment is read here and nowhere else."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from agents.panel.seam import Strategy
from server.logs import LogFormat, LogLevel
from tools.errors import BadSettings
from tools.spend.limit import Budgets, LimitText

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Settings(BaseSettings):
    """Every setting, from environment variables `COLLOQUY_<NAME>` (and OPENAI_* as other tools use them)."""

    model_config = SettingsConfigDict(env_prefix="COLLOQUY_", env_ignore_empty=True, extra="ignore", frozen=True)

    data_dir: Path = Field(
        default_factory=lambda: user_data_path("colloquy", appauthor=False),
        description="Where the library, the conversations and the surveys are kept.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="A PostgreSQL database in which everything is kept that several processes share, like "
        "postgresql://user:password@host:5432/database; else SQLite files in the data folder.",
    )
    chroma_url: str | None = Field(
        default=None,
        description="A Chroma server that keeps the vectors for several processes, like http://host:8000; else each "
        "process keeps its own.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on; others than loopback need API keys.")
    port: int = Field(default=8000, ge=0, le=65_535, description="Port to listen on; 0 picks a free one.")
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        default=(), description="Keys that clients must send as a bearer token, separated by commas."
    )
    models: Path | None = Field(default=None, description="The models file; else models.toml in the data folder.")
    experts_per_agent: int = Field(default=5, ge=1, le=16, description="How many models play each agent at most.")
    panel_strategy: Strategy = Field(
        default="adaptive",
        description="How experts are picked: adaptive, skill, top-k, single or symbolic-moe.",
    )
    panel_thrift: float = Field(
        default=0.2, ge=0, le=1, description="How much an expert's price counts when it is picked, from 0 to 1."
    )
    evidence_limit: int = Field(default=14, ge=1, le=60, description="Passages put before a model, at most.")
    rerank: bool = Field(
        default=False, description="Whether a model puts the passages in order before experts see them; one more call."
    )
    max_body_bytes: int = Field(default=4 * 2**20, ge=1_024, description="Largest request body accepted.")
    max_upload_bytes: int = Field(
        default=200_000_000, ge=1_024, description="Largest upload of papers' files accepted, also in pieces."
    )
    embedder: str | None = Field(
        default=None,
        description="What turns passages into vectors: static, minilm, minilm-int8 or openai:<model>; "
        "else what the library is indexed with.",
    )
    library_per_key: bool = Field(default=False, description="Whether each API key has a library of its own.")
    answer_within_s: float = Field(
        default=300.0, gt=0, description="Seconds an answer may take; whoever has not answered by then is left out."
    )
    panel_quorum: float = Field(
        default=0.5, gt=0, le=1, description="Share of the models playing an agent that is waited for at least."
    )
    panel_patience: float = Field(
        default=2.0, ge=0, description="How many times as long again the others get then, 5 s at least."
    )
    surveys_at_once: int = Field(
        default=2, ge=1, le=64, description="Surveys that one process writes at the same time."
    )
    surveys_in_all: int | None = Field(
        default=None, ge=1, le=10_000, description="Surveys that all processes together write at the same time."
    )
    surveys_per_key: int | None = Field(
        default=None, ge=1, le=10_000, description="Surveys of one API key that are written at the same time."
    )
    survey_worker: bool = Field(
        default=True, description="Whether `colloquy serve` writes surveys itself, or leaves them to `colloquy worker`."
    )
    webhook_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Hosts that may be told of a survey's end, separated by commas; others are not."
    )
    webhook_secret: SecretStr | None = Field(default=None, description="What such messages are signed with.")
    keep_conversations_days: float | None = Field(
        default=None, gt=0, description="Days after its last use that a conversation is forgotten; else never."
    )
    keep_surveys_days: float | None = Field(
        default=None, gt=0, description="Days after its end that a survey is deleted; else never."
    )
    keep_imports_days: float | None = Field(
        default=None, gt=0, description="Days after its end that an import is forgotten; else the newest 200 stay."
    )
    keep_answers_days: float = Field(
        default=180.0, gt=0, le=180, description="Days that it is remembered who held what of an answer, for feedback."
    )
    keep_spend_days: float | None = Field(
        default=None, ge=2, description="Days that calls stay in the spend ledger; else forever."
    )
    budget_per_request: Annotated[LimitText | None, NoDecode] = Field(
        default=None, description="What one request may spend, like $0.50 or 200k tokens."
    )
    budget_per_job: Annotated[LimitText | None, NoDecode] = Field(
        default=None, description="What one survey may spend."
    )
    budget_per_key_per_day: Annotated[LimitText | None, NoDecode] = Field(
        default=None, description="What one API key may spend in a day (UTC); all together where there are no keys."
    )
    openai_api_key: SecretStr | None = Field(
        default=None, validation_alias="OPENAI_API_KEY", description="Key used when there is no models file."
    )
    openai_base_url: str | None = Field(
        default=None,
        validation_alias="OPENAI_BASE_URL",
        description="OpenAI-compatible server to use it with.",
    )
    openai_model: str | None = Field(
        default=None,
        validation_alias="OPENAI_MODEL",
        description="Model ids to use there, separated by commas.",
    )

    log_format: LogFormat = Field(default="text", description="How log lines are written: text or json.")
    log_level: LogLevel = Field(
        default="info",
        description="The least important lines logged: debug, info, warning, error. Commands log warnings, unless set.",
    )
    log_prompts: bool = Field(default=False, description="Whether prompts are logged, too, at the level debug.")
    recording: Path | None = Field(default=None, description="The folder of a recording of the models' answers.")
    recording_mode: Literal["live", "record", "replay", "auto"] = Field(
        default="replay",
        description="What is done with it: live (nothing), record, replay, auto (replay, else record).",
    )
    recording_made: str = Field(default="", description="How a new recording is made, in words; its header keeps them.")

    @field_validator("log_format", "log_level", mode="before")
    @classmethod
    def _in_small_letters(cls, value: object) -> object:
        return value.strip().lower() if isinstance(value, str) else value

    @field_validator("api_keys", "webhook_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(key.strip() for key in value.split(",") if key.strip()) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _recording_somewhere(self) -> Self:
        if self.recording is None and "recording_mode" in self.model_fields_set and self.recording_mode != "live":
            raise ValueError(f"COLLOQUY_RECORDING_MODE is {self.recording_mode}; name the folder in COLLOQUY_RECORDING")
        return self

    @field_validator("data_dir", "models", "recording")
    @classmethod
    def _at_home(cls, value: Path | None) -> Path | None:
        return value.expanduser().resolve() if value else value

    @property
    def secrets(self) -> list[str]:
        """The keys among the settings."""
        secrets = (*self.api_keys, self.openai_api_key, self.database_url, self.webhook_secret)
        return [key.get_secret_value() for key in secrets if key]

    @property
    def replays(self) -> bool:
        """Whether models' answers come from a recording only, so that nothing is spent."""
        return self.recording is not None and self.recording_mode == "replay"

    @property
    def budgets(self) -> Budgets:
        """The budgets together."""
        return Budgets(
            per_request=self.budget_per_request,
            per_job=self.budget_per_job,
            per_key_per_day=self.budget_per_key_per_day,
        )

    def check_exposure(self) -> None:
        """Raises BadSettings when the service would be open to others without a key."""
        if self.host not in LOOPBACK and not self.api_keys:
            raise BadSettings(
                f"Refusing to listen on {self.host} without an API key: anyone who reaches it could use your "
                "library and your models. Set COLLOQUY_API_KEYS=some-long-secret, or listen on 127.0.0.1.",
                param="host",
            )


def read_settings(**overrides: object) -> Settings:
    """The settings from the environment, with `overrides` that are not None on top. Raises BadSettings."""
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        faults = "; ".join(f"{_variable(fault['loc'])}: {fault['msg']}" for fault in error.errors())
        raise BadSettings(f"Settings: {faults}") from None


def keep_to_this_machine() -> None:
    """Turns off what LangGraph's own tracing service would be sent if the user's environment asks for it elsewhere.

    It would get whole prompts and passages. To be called before the first graph runs.
    """
    os.environ.update({"LANGSMITH_TRACING": "false", "LANGCHAIN_TRACING_V2": "false"})


def environment() -> Mapping[str, str]:
    """The environment, for the keys that a models file refers to."""
    return dict(os.environ)


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else "?"
    return name if name.isupper() else f"COLLOQUY_{name.upper()}"
