import re
from pathlib import Path

from django.conf import settings

from tessera.lib.staticfiles import StaticStorage

_MODULES = sorted(Path(settings.BASE_DIR, "static/js").glob("*.js"))
_FROM = re.compile(r"""^(?:import|export)\b.*?["'](\./.+?)["']""", re.MULTILINE)


def test_modules_import_each_other_by_their_content(tmp_path: Path) -> None:
    storage = StaticStorage(location=tmp_path, base_url="/static/")
    for module in _MODULES:
        target = tmp_path / "js" / module.name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(module.read_bytes())
    paths = {f"js/{module.name}": (storage, f"js/{module.name}") for module in _MODULES}

    for name, found, _processed in storage.post_process(paths):
        assert not isinstance(found, Exception), name
    named = {path: (tmp_path / storage.stored_name(path)).read_text() for path in paths}

    imported = {name for text in named.values() for name in _FROM.findall(text)}
    assert imported
    assert [name for name in imported if not re.search(r"\.[0-9a-f]{12}\.js$", name)] == []
