"""What people at Brightwell ask for, and how it goes on. Pure data; `{…}` are filled in by the historian."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Story:
    """One kind of request: its subjects, its beginning, and what is said until it is done."""

    queue: str
    subjects: tuple[str, ...]
    opening: str
    asks: tuple[str, ...]  # what the agent answers first
    replies: tuple[str, ...]  # what the customer says to that
    notes: tuple[str, ...]  # what colleagues write among themselves
    endings: tuple[str, ...]
    fields: dict[str, Any]


STORIES: tuple[Story, ...] = (
    Story(
        "IT Support",
        ("VPN drops every few minutes", "VPN does not connect from home", "VPN asks for my password twice"),
        "Since this morning my VPN connection is lost all the time. I work from {location} and have a customer call at three.",
        ("Could you tell me which version the VPN client shows under About?", "Does it also happen on the phone's hotspot?"),
        ("It says 5.1.2. And yes, on the hotspot too.", "On the hotspot it works. So it is our router?"),
        ("Same as last week: the 5.1 client and the new gateway. Rolling back helps.", "The gateway logs show renegotiation every 240 s."),
        ("I have put you on the old gateway; it has been stable for an hour.", "Version 5.1.4 fixes it and is in the software centre now."),
        {"systems": ["VPN"], "severity": "Medium"},
    ),
    Story(
        "IT Support",
        ("Printer on the second floor is jammed", "Printer prints blank pages", "Printer not found after the move"),
        "The printer next to the kitchen at {location} does not work. The display says “see supervisor”, whoever that is.",
        ("Is the little green light at the back on?", "Could you send me the number on its sticker?"),
        ("It blinks. The sticker says {asset}.", "{asset}, if I read it right."),
        ("That one is due for replacement in any case.", "Toner is in the cupboard behind reception."),
        ("A new drum is in, and it prints again.", "I removed it and added it again: please try now."),
        {"systems": ["Printing"], "severity": "Low"},
    ),
    Story(
        "IT Support",
        ("Locked out of my account", "Password expired while on leave", "Cannot sign in to the ERP"),
        "I came back from leave and can't sign in any more. It says that my account is locked.",
        ("I have unlocked it. Can you sign in now?", "Please try the reset page; the code goes to your phone."),
        ("Yes! Thank you.", "The code never arrives. My number has changed."),
        ("Number in the directory is two years old. Asked HR to correct it.", "Three wrong attempts from the old phone's mail app."),
        ("Your new number is in, and the code came. Done.", "The old phone kept trying with the old password. It is signed out now."),
        {"systems": ["E-mail", "ERP"], "severity": "Medium"},
    ),
    Story(
        "IT Support",
        ("Order system down in {location}", "ERP does not answer", "Line terminal frozen"),
        "Nobody here can book anything: the ERP shows a white page since ten minutes. The whole line waits.",
        ("We are on it. Is it every workstation, or only those on the line?", "Seen on our side as well. Next news in fifteen minutes."),
        ("All of them.", "Only the line. The office works."),
        ("Database connections used up by the nightly report, which never ended.", "Killed the report, raised the pool, told the vendor."),
        ("It answers again since 10:42. A report that never ended was the cause; it is stopped for good.", "Up again. We keep an eye on it today."),
        {"systems": ["ERP"], "severity": "Production down"},
    ),
    Story(
        "IT Support",
        ("Laptop for a new colleague", "Second monitor, please", "Laptop battery lasts twenty minutes"),
        "Could I have this until the end of the month? Our team is at {location}. My laptop is {asset}.",
        ("We have two in stock. Is the fourteen-inch one fine?", "Your manager has to agree; I have asked."),
        ("Fourteen is perfect.", "She has just said yes."),
        ("Take the one that came back from marketing.", "Ordered; three days."),
        ("It is at the desk, ready to be picked up.", "Delivered and set up together."),
        {"severity": "Low"},
    ),
    Story(
        "Facilities",
        ("Heating in the meeting room is cold", "Heating does not switch off", "Leak under the kitchen sink"),
        "It has been like that since Monday at {location}. We meet in coats.",
        ("Thank you for telling us. Which room is it?", "Someone comes to look this afternoon."),
        ("Room Tejo, third floor.", "Good. The key is at reception."),
        ("The valve is stuck again. Plumber called.", "Third time this year: put it on the list for the landlord."),
        ("The valve was replaced; it gets warm now.", "Sealed and dry. We look at it again on Friday."),
        {"severity": "Medium"},
    ),
    Story(
        "Facilities",
        ("Badge does not open the garage", "Key for the archive", "New desk by the window"),
        "Could you help me with this? I am at {location} on Tuesdays and Thursdays.",
        ("Of course. Which number is on the badge?", "When would it suit you?"),
        ("It ends in 771.", "Thursday before ten."),
        ("Garage group was lost in the export.", "Two left in the drawer."),
        ("It should open now; the reader takes a minute to learn it.", "Done on Thursday morning."),
        {"severity": "Low"},
    ),
    Story(
        "HR",
        ("New colleague begins next month", "Contract for the working student", "Parental leave from spring"),
        "Please prepare the papers. The team is at {location}, cost centre as usual.",
        ("Gladly. What will be the first day?", "I need a copy of the passport, please."),
        ("The first of the month.", "It is on its way by internal mail."),
        ("Payroll closes on the twentieth.", "Waiting for the signature from Gdańsk."),
        ("Everything is signed and filed.", "The contract is in your folder. Welcome to the team!"),
        {},
    ),
    Story(
        "HR",
        ("Days of leave left this year", "Wrong address on the payslip", "Certificate of employment"),
        "A short question: could you check this for me?",
        ("I have looked it up; one moment, please.", "Since when is that so?"),
        ("Thank you!", "Since I moved in August."),
        ("Carry-over ends in March.", "Corrected in payroll too."),
        ("You have eleven days left, three of them until March.", "Corrected; the next payslip has it right."),
        {},
    ),
)  # fmt: skip
