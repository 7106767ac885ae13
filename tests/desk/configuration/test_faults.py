"""A file with faults changes nothing, and every fault is told with its line and column."""

import pytest

from scrips.models import Scrip
from tessera.accounts.models import Group
from tessera.desk.configuration import document, service
from tessera.desk.configuration.faults import FileInvalid
from tests.desk.configuration.conftest import SECRET, File
from tests.office import Office

# ruff: noqa: E501


def faults(office: Office, text: str) -> list[str]:
    with pytest.raises(FileInvalid) as caught:
        service.apply(text, actor=office.admin)
    return [str(each) for each in caught.value.faults]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1, column 1: must be a mapping that begins with “tessera: 1”"),
        ("tessera: 2\n", "line 1, column 1: tessera: must begin with “tessera: 1”"),
        ("tessera: 1\ngroup: []\n", "line 2, column 1: group: there is no such key; did you mean “groups”?"),
        ("tessera: 1\ngroups:\n", "line 2, column 1: groups: must be a list; [] says that there are none"),
        ("tessera: 1\ngroups: [{name: a}\n", "line 3, column 1: is no YAML"),
        ("tessera: 1\ngroups: []\ngroups: []\n", "line 3, column 1: groups: stands here a second time; the first is in line 2"),
        ("tessera: 1\ngroups: &a []\n", "line 2, column 9: anchors and aliases are not used here"),
        ("tessera: 1\ngroups: !!python/object:os.system []\n", "line 2, column 9: tags are not used here"),
        ("tessera: 1\n---\ntessera: 1\n", "line 2, column 1: a second document begins"),
        ("tessera: 1\ngroups: " + "[" * 60, "is nested too deep"),
        ("tessera: 1\ngroups:\n  - name: 5\n", "line 3, column 5: groups[1].name: must be text; put a number"),
        ("tessera: 1\ngroups:\n  - nam: Crew\n", "line 3, column 5: groups[1].nam: there is no such key; did you mean “name”?"),
        ("tessera: 1\ngroups:\n  - name: Crew\n  - name: crew\n", "line 4, column 5: groups[2]: stands here a second time; the first is in line 3"),
        ("tessera: 1\nqueues:\n  - Support\n", "line 3, column 5: queues[1]: must be a mapping of name, description"),
    ],
)  # fmt: skip
def test_file_that_is_none_says_where(office: Office, text: str, told: str) -> None:
    assert told in "\n".join(faults(office, text))


def test_bomb_of_aliases_does_not_go_off(office: Office) -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 30))

    assert "anchors and aliases" in faults(office, f"tessera: 1\nl0: &l0 [x]\n{levels}")[0]


def test_file_of_any_size_is_not_read(office: Office) -> None:
    text = "tessera: 1\n" + "#" * document.LARGEST

    assert faults(office, text) == ["line 1, column 1: has more than 2000000 characters"]


def test_control_characters_are_told(office: Office) -> None:
    assert "can't be read" in faults(office, "tessera: 1\ngroups: [\x00]\n")[0]


def test_every_fault_is_told_at_once_and_nothing_is_written(file: File) -> None:
    file.sections["groups"].append({"name": "Night shift"})
    file.one("queues", "Support")["correspond_address"] = "nowhere"
    file.one("queues", "Other")["lifecycle"] = "defualt"
    file.one("templates", "Hello")["body_template"] = "one\ntwo {{ tickt.subject }}\n"
    file.one("scrips", "Say hello")["condition_type"] = "OnCrate"
    file.one("roles", "helper")["rights"] = ["OwnTickets"]
    file.one("lifecycles", "chores")["definition"]["transitions"][0]["to"] = "dine"
    file.without("roles", "agent")
    lines = file.text.split("\n")

    told = faults(file.office, file.text)

    places = [each.split(": ")[1] for each in told]
    assert places == [
        "lifecycles[2].definition.transitions[1].to",
        "queues[3].lifecycle",
        "queues[4].correspond_address",
        "roles",
        "roles[3].rights",
        "templates[1].body_template",
        "scrips[1].condition_type",
    ]
    assert all(each.startswith("line ") for each in told)
    assert "correspond_address: nowhere" in lines[int(told[2].split()[1].strip(",")) - 1]
    assert "did you mean “default”?" in told[1]
    assert lines[int(told[5].split()[1].strip(",")) - 1] == "      two {{ tickt.subject }}"
    assert not Group.objects.filter(name="Night shift").exists()


def test_what_names_a_thing_with_a_fault_is_not_blamed(file: File) -> None:
    file.sections["templates"].append({"name": "New", "body_template": "{{ nothing }}"})
    file.one("scrips", "Say hello")["template"] = "New"

    told = faults(file.office, file.text)

    assert [each.split(": ")[1] for each in told] == ["templates[2].body_template"]


def test_both_names_of_a_rename_are_not_guessed_about(file: File) -> None:
    file.one("queues", "Support")["was"] = "Other"
    file.without("queues", "Other")

    assert "both names are there" in "\n".join(faults(file.office, file.text))


def test_secrets_are_never_in_the_file(file: File) -> None:
    call = file.one("scrips", "Ring the pager")["action_config"]

    assert call["secret"] == {"from_environment": "TESSERA_CONFIG_RING_THE_PAGER"}
    assert call["headers"] == {
        "Authorization": {"from_environment": "TESSERA_CONFIG_RING_THE_PAGER_AUTHORIZATION"},
        "X-Plain": "seen",
    }
    kept = Scrip.objects.get(name="Ring the pager").action_config["secret"]
    for secret in (SECRET, kept, "hush-hush"):
        assert secret not in service.export(actor=file.office.admin)


def test_secret_that_is_kept_stays_with_another_setting(file: File) -> None:
    before = Scrip.objects.get(name="Ring the pager").action_config
    file.one("scrips", "Ring the pager")["action_config"]["timeout"] = 3
    file.apply()

    after = Scrip.objects.get(name="Ring the pager").action_config
    assert after["headers"] == before["headers"]
    assert file.told() == []


def test_secret_of_the_environment_replaces_the_one_that_is_kept(
    file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "TESSERA_CONFIG_RING_THE_PAGER", "whsec_" + "bmV3LXNlY3JldC1vZi10aGUtcGFnZXI="
    )

    assert file.told() == ["~ Ring the pager, in Support; action_config.secret: another secret"]
    file.apply()

    assert file.told() == []


@pytest.mark.parametrize(
    ("secret", "told"),
    [
        ("hunter2", "a secret is not written down"),
        ({"from_environment": "TESSERA_SECRET_KEY"}, "a secret is not written down"),
        ({"from_environment": "DATABASE_URL"}, "a secret is not written down"),
        ({"from_environment": "TESSERA_CONFIG_NEW"}, "nothing is kept here yet"),
    ],
)
def test_secret_comes_from_a_variable_of_its_own_alone(
    file: File, secret: object, told: str
) -> None:
    new = {**file.one("scrips", "Ring the pager"), "name": "Ring twice"}
    new["action_config"] = {"url": "https://pager.example.com/", "secret": secret}
    file.sections["scrips"].append(new)

    (fault,) = faults(file.office, file.text)

    assert "action_config.secret" in fault
    assert told in fault
