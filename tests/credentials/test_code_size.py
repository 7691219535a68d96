from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
import zxingcpp

from hub.issuing import Issuer
from kiosk.credentials.credential import Colour
from tests.credentials.issuers import DAY_S, EDDSA, ES256, NOON

MODULES_OF_VERSION_11 = 61


@pytest.mark.parametrize("issuer", [EDDSA, ES256], ids=["EdDSA", "ES256"])
def test_a_rotating_code_with_all_claims_fits_350_characters_and_version_11_m(issuer: Issuer) -> None:
    shown = issuer.issue(
        colour=Colour.GREEN,
        area="330100/plant-7",
        valid_from=NOON,
        lifetime_s=DAY_S,
        roles=frozenset({2, 30}),
        masked_name="欧阳**明",
        revocation_index=1_000_000,
    )
    code = shown.code_at(NOON + timedelta(seconds=DAY_S - 1))
    assert len(code) <= 350
    barcode = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image = zxingcpp.write_barcode_to_image(barcode, scale=1, add_quiet_zones=False)
    assert np.asarray(image).shape[0] <= MODULES_OF_VERSION_11
