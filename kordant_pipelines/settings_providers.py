"""The settings by which breach sources and land registers are asked: a part of `Settings`."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class ProviderSettings(BaseSettings):
    """A source without its key is not asked, and scans count what it covers as uncovered."""

    hibp_url: str = Field(
        default="https://haveibeenpwned.com/api/v3", description="Base URL of HIBP's API."
    )
    hibp_api_key: SecretStr | None = Field(
        default=None, description="HIBP subscription key (32 hex); unset: e-mails are uncovered."
    )
    leakcheck_url: str = Field(
        default="https://leakcheck.io/api/v2", description="Base URL of LeakCheck's API."
    )
    leakcheck_api_key: SecretStr | None = Field(
        default=None, description="LeakCheck key; unset: phones and usernames are uncovered."
    )
    acris_url: str = Field(
        default="https://data.cityofnewyork.us/resource",
        description="SODA resources of New York City's open data.",
    )
    acris_api_key: SecretStr | None = Field(
        default=None, description="Socrata app token; unset: the portal throttles us."
    )
    cook_url: str = Field(
        default="https://datacatalog.cookcountyil.gov/resource",
        description="SODA resources of Cook County's open data.",
    )
    cook_api_key: SecretStr | None = Field(
        default=None, description="Socrata app token; unset: the portal throttles us."
    )
    philadelphia_url: str = Field(
        default="https://phl.carto.com/api/v2", description="Carto account of Philadelphia."
    )
    attom_url: str = Field(
        default="https://api.gateway.attomdata.com/propertyapi/v1.0.0",
        description="Base URL of ATTOM's property API.",
    )
    attom_api_key: SecretStr | None = Field(
        default=None, description="ATTOM key; unset: other counties are uncovered."
    )
    provider_timeout_seconds: Annotated[float, Field(gt=0)] = Field(
        default=15.0, description="Time-out of one call to a provider."
    )
    provider_patience_seconds: Annotated[float, Field(ge=0)] = Field(
        default=20.0, description="How long a scan waits for a provider's rate limit or recovery."
    )
    lookups_at_once: Annotated[int, Field(ge=1, le=100)] = Field(
        default=8, description="Provider calls one scan keeps in flight."
    )
    catalogue_max_age_minutes: Annotated[int, Field(ge=1)] = Field(
        default=60, description="Age beyond which the breach catalogue is not trusted unrefreshed."
    )
