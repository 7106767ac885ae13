"""What a file changes is told, and then done."""

import pytest

from customfields.models import CustomField
from lifecycles.models import Lifecycle
from scrips.models import Scrip, ScripVersion, Template
from tessera.accounts.models import AuditEntry, Group, Role, User
from tessera.desk.configuration import service
from tessera.desk.configuration.faults import FileInvalid, Overtaken
from tessera.desk.configuration.items import same
from tessera.lib.errors import Forbidden
from tests.desk.configuration.conftest import File
from tests.people import grant
from tickets import config
from tickets import service as door
from tickets.access import Actor
from tickets.models import Grant, Queue, SavedView


def test_plan_changes_nothing(file: File) -> None:
    file.sections["groups"].append({"name": "Night shift"})
    before = service.export(actor=file.office.admin)

    assert file.told() == ["+ Night shift"]

    assert service.export(actor=file.office.admin) == before
    assert not AuditEntry.objects.filter(kind="configuration_applied").exists()


def test_queue_that_takes_another_lifecycle_says_what_stays(file: File) -> None:
    door.create({"subject": "Old", "queue_id": file.office.support.pk}, actor=file.office.admin)
    file.one("queues", "Support")["lifecycle"] = "incident"

    (told,) = file.told()
    assert told == (
        "~ Support; lifecycle: default → incident;"
        " default, at version 1, stays the lifecycle of 1 ticket"
    )
    file.apply()

    assert Queue.objects.get(name="Support").lifecycle.name == "incident"
    entry = AuditEntry.objects.get(kind="configuration_changed", subject_name="Support")
    assert entry.actor_name == "root"


def test_lifecycle_gets_a_version_with_the_note(file: File) -> None:
    file.one("lifecycles", "chores")["definition"]["transitions"][0]["label"] = "Finish it"

    (told,) = file.told()
    assert told == (
        "~ chores; Transition 'finish' is now called 'Finish it' (was 'Finish');"
        " version 2 is for new tickets"
    )
    file.apply(note="Asked for by the crew")

    current = Lifecycle.objects.get(name="chores").current
    assert current is not None
    assert (current.number, current.note) == (2, "Asked for by the crew")


def test_rename_keeps_the_row_and_what_hangs_on_it(file: File) -> None:
    number = file.office.support.pk
    file.one("queues", "Support").update(name="Helpdesk", was="Support")
    for scrip in file.sections["scrips"]:
        scrip["queues"] = ["Helpdesk"]
    file.sections["grants"] = [
        {**each, "queue": "Helpdesk"} if each.get("queue") == "Support" else each
        for each in file.sections["grants"]
    ]
    file.one("replies", "Thanks")["queue"] = "Helpdesk"

    assert file.told() == ["~ Support → Helpdesk"]
    file.apply()

    assert Queue.objects.get(name="Helpdesk").pk == number
    assert Scrip.objects.get(name="Say hello").reach.listed == [number]


def test_same_file_fits_again_after_its_renames(file: File) -> None:
    file.one("templates", "Hello").update(name="Welcome", was="Hello")
    file.one("scrips", "Say hello")["template"] = "Welcome"
    file.apply()

    assert file.told() == []


def test_names_can_be_passed_on_in_a_row(file: File) -> None:
    ids = {row.name: row.pk for row in Queue.objects.all()}
    file.one("queues", "Other").update(name="Elsewhere", was="Other")
    file.one("queues", "Support").update(name="Other", was="Support")
    for scrip in file.sections["scrips"]:
        scrip["queues"] = ["Other"]
    file.one("scrips", "Move on")["action_config"]["queue"] = "Elsewhere"
    for each in file.sections["grants"]:
        each.update({"queue": "Other"} if "queue" in each else {})
    file.one("replies", "Thanks")["queue"] = "Other"

    file.apply()

    now = {row.name: row.pk for row in Queue.objects.all()}
    assert (now["Elsewhere"], now["Other"]) == (ids["Other"], ids["Support"])


def test_names_can_be_swapped_in_one_file_and_what_hangs_on_them_follows(file: File) -> None:
    ids = {row.name: row.pk for row in Queue.objects.all()}
    other = {"Support": "Other", "Other": "Support"}
    both = [file.one("queues", name) for name in other]
    for entry in both:
        entry.update(name=other[entry["name"]], was=entry["name"])
    for scrip in file.sections["scrips"]:
        scrip["queues"] = [other[name] for name in scrip["queues"]]
    file.one("scrips", "Move on")["action_config"]["queue"] = "Support"
    for each in [*file.sections["grants"], *file.sections["replies"]]:
        each.update({"queue": other[each["queue"]]} if each.get("queue") else {})

    assert file.told() == ["~ Support → Other", "~ Other → Support"]
    file.apply()

    now = {row.name: row.pk for row in Queue.objects.all()}
    assert (now["Support"], now["Other"]) == (ids["Other"], ids["Support"])
    told = AuditEntry.objects.filter(changes__has_key="name").values_list(
        "changes__name", flat=True
    )
    assert sorted(each for each in told if each[0] in other) == [
        ["Other", "Support"],
        ["Support", "Other"],
    ]
    assert file.told() == []


def test_three_names_go_around_and_who_only_changed_is_not_renamed(file: File) -> None:
    ring = {"Red": "Green", "Green": "Blue", "Blue": "Red"}
    rights = {"Red": ["Watch"], "Green": ["TakeTicket"], "Blue": ["StealTicket"]}
    roles = list(file.sections["roles"])
    file.sections["roles"] = [*roles, *({"name": each, "rights": rights[each]} for each in ring)]
    file.apply()
    ids = {row.name: row.pk for row in Role.objects.filter(name__in=ring)}
    turned = [{"name": ring[each], "was": each, "rights": rights[each]} for each in ring]
    file.sections["roles"] = [*roles, *turned]
    file.apply()
    now = {row.name: row.pk for row in Role.objects.filter(name__in=ring)}

    assert now == {ring[name]: number for name, number in ids.items()}
    assert file.told() == []
    file.one("roles", "Red")["rights"] = ["Watch"]
    assert len(file.told()) == 1


def test_what_a_section_lacks_is_taken_away_as_its_kind_is(file: File) -> None:
    for name in ("scrips", "templates", "views", "replies"):
        file.sections[name] = []
    file.sections["grants"] = [each for each in file.sections["grants"] if "group" not in each]
    file.without("roles", "helper")
    file.without("groups", "Crew")
    file.without("queues", "Other")
    file.without("custom_fields", "tags")
    file.one("queues", "Support")["custom_fields"] = ["severity"]

    assert file.told() == [
        "- Crew; 0 members leave it; so do its grants and views",
        "- tags; is hidden; what it holds in 0 tickets is kept",
        "~ Other; disabled: no → yes; is disabled with 0 tickets in it",
        "~ Support; custom_fields: tags removed",
        "- helper",
        "- The group Crew has the role helper in the queue Support",
        "- Hello",
        "- Say hello, in Support",
        "- Ring the pager, in Support",
        "- Move on, in Support",
        "- Urgent",
        "- Thanks, of the queue Support, of the group Crew",
    ]
    file.apply()

    assert (Scrip.objects.count(), Template.objects.count(), SavedView.objects.count()) == (0, 0, 0)
    assert [row.snapshot for row in ScripVersion.objects.all()].count(None) == 3
    assert CustomField.objects.get(key="tags").disabled
    assert Queue.objects.get(name="Other").disabled
    assert not Role.objects.filter(name="helper").exists()
    assert file.told() == []


def test_section_that_is_left_out_stays(file: File) -> None:
    for name in list(file.sections):
        if name not in ("tessera", "groups"):
            del file.sections[name]
    file.sections["groups"].append({"name": "Night shift"})

    file.apply()

    assert Group.objects.filter(name="Night shift").exists()
    assert Scrip.objects.count() == 3


def test_deleted_field_comes_back_with_its_key(file: File) -> None:
    CustomField.objects.filter(key="tags").update(disabled=True)

    assert file.told() == ["+ tags"]
    file.apply()

    assert not CustomField.objects.get(key="tags").disabled


def test_choice_is_renamed_with_what_depends_on_it(file: File) -> None:
    file.one("custom_fields", "severity")["choices"] = ["low", {"value": "urgent", "was": "high"}]
    file.apply()

    row = CustomField.objects.get(key="severity")
    assert [choice.value for choice in row.choices if not choice.disabled] == ["low", "urgent"]
    assert file.told() == []


def test_true_is_not_one() -> None:
    assert same({"a": [1, {"b": True}]}, {"a": [1, {"b": True}]})
    assert not same({"a": [1, {"b": True}]}, {"a": [1, {"b": 1}]})


def test_text_of_several_lines_is_told_line_by_line(file: File) -> None:
    template = file.one("templates", "Hello")
    template["body_template"] = template["body_template"].replace("Bye", "See you")

    plan = service.review(file.text, actor=file.office.admin)

    (change,) = plan.parts[0].changes
    assert change.lines[0].text == (" ", "-Bye", "+See you")
    assert change.touches == ("1 scrip writes with it",)


def test_scrips_of_one_name_are_told_apart_by_their_queues(file: File) -> None:
    twin = {**file.one("scrips", "Say hello"), "queues": ["Other"]}
    file.sections["scrips"].insert(0, twin)
    file.apply()
    ids = {tuple(row.reach.listed): row.pk for row in Scrip.objects.filter(name="Say hello")}
    file.sections["scrips"].remove(file.one("scrips", "Say hello"))
    file.one("scrips", "Say hello")["description"] = "Politely"

    file.apply()

    (left,) = Scrip.objects.filter(name="Say hello")
    assert left.pk == ids[(file.office.support.pk,)]


def test_scrip_that_names_a_field_that_goes_is_doubted(file: File) -> None:
    file.one("scrips", "Move on").update(
        condition_type="OnCustomFieldChange", condition_config={"field": "severity"}
    )
    file.apply()
    file.without("custom_fields", "severity")
    file.one("queues", "Support")["custom_fields"] = ["tags"]
    file.one("scrips", "Move on")["description"] = "Changed"

    (told,) = [line for line in file.told() if "Move on" in line]

    assert "! there is no field “severity” in Support" in told


def test_scrip_that_is_harmed_without_a_change_of_its_own_is_told(file: File) -> None:
    file.one("scrips", "Move on").update(
        condition_type="OnCustomFieldChange", condition_config={"field": "severity"}
    )
    file.apply()
    file.without("custom_fields", "severity")
    file.one("queues", "Support")["custom_fields"] = ["tags"]

    plan = service.review(file.text, actor=file.office.admin)

    assert plan.worse == (
        "Move on, in Support stays, but: there is no field “severity” in Support",
    )


def test_grants_to_single_users_are_no_configuration(file: File) -> None:
    assert Grant.objects.exclude(user=None).count() == 3
    file.sections["grants"] = []

    file.apply()

    assert Grant.objects.exclude(user=None).count() == 3
    assert Grant.objects.filter(user=None).count() == 0


def test_settings_of_the_site_are_changed_and_go_back_to_their_default(file: File) -> None:
    assert file.sections["settings"] == [{"name": "site_name", "value": "Brightwell"}]
    file.one("settings", "site_name")["value"] = "Help"
    file.apply()
    assert config.current().site.name == "Help"

    file.sections["settings"] = []
    file.apply()
    assert config.current().site.name == "Tessera"

    file.sections["settings"] = [
        {"name": "site_nam", "value": "X"},
        {"name": "mail_from", "value": "nobody"},
    ]
    with pytest.raises(FileInvalid) as refused:
        file.apply()
    assert [fault.detail for fault in refused.value.faults] == [
        "there is no setting “site_nam”; did you mean “site_name”?",
        "This must be a mail address, not “nobody”.",
    ]


def test_view_keeps_its_owner_and_a_new_one_gets_who_applies(file: File) -> None:
    ann = User.objects.get(username="ann")
    SavedView.objects.filter(name="Urgent").update(owner=ann)
    file.one("views", "Urgent")["query"] = "Priority > 90"
    file.sections["views"].append({"name": "Mine", "group": "Crew"})

    file.apply()

    owners = {row.name: row.owner.username for row in SavedView.objects.all()}
    assert owners == {"Urgent": "ann", "Mine": "root"}
    assert SavedView.objects.get(name="Urgent").query == "Priority > 90"


def test_plan_that_was_overtaken_is_not_applied(file: File) -> None:
    file.sections["groups"].append({"name": "Night shift"})
    plan = service.review(file.text, actor=file.office.admin)
    Group.objects.create(name="Somebody was faster")

    with pytest.raises(Overtaken):
        file.apply(stamp=plan.stamp)

    assert not Group.objects.filter(name="Night shift").exists()


def test_plan_that_was_not_overtaken_is_applied_and_noted(file: File) -> None:
    file.sections["groups"].append({"name": "Night shift"})
    plan = service.review(file.text, actor=file.office.admin)

    file.apply(stamp=plan.stamp)

    entry = AuditEntry.objects.get(kind="configuration_applied")
    assert (entry.actor_name, entry.facts) == ("root", {"added": 1, "changed": 0, "removed": 0})


def test_only_who_may_everything_sees_or_applies_a_file(file: File) -> None:
    stranger = User.objects.create_user("clerk")
    grant("supervisor", user=stranger)
    clerk = Actor.of(stranger)

    for act in (
        lambda: service.export(actor=clerk),
        lambda: service.review(file.text, actor=clerk),
        lambda: service.apply(file.text, actor=clerk),
    ):
        with pytest.raises(Forbidden):
            act()
