"""The fonts that set-up makes."""

import shutil
from pathlib import Path

from tessera.setup_assets import FOLDER, make


def test_a_font_that_was_removed_is_made_again_and_the_rest_is_left_alone(tmp_path: Path) -> None:
    fonts = tmp_path / "fonts"
    shutil.copytree(FOLDER, fonts)
    before = {path.name for path in fonts.iterdir()}
    assert make(fonts) is False

    (fonts / "inter.woff2").unlink()

    assert make(fonts) is True
    assert {path.name for path in fonts.iterdir()} == before
    assert make(fonts) is False
