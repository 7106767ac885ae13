"""What people at Brightwell ask for, and how it goes on. Pure data; `{…}` are filled in by the plot."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Thread:
    """One way a request goes: what the agent asks, the customer answers, colleagues note, and how it ends."""

    ask: str
    reply: str
    note: str
    ending: str
    resolution: str = "Fixed"


@dataclass(frozen=True, slots=True)
class Story:
    """One kind of request. `often` is its share among all, `first_day` says that somebody's first day is settled."""

    queue: str
    subjects: tuple[str, ...]
    opening: str
    threads: tuple[Thread, ...]
    fields: dict[str, Any] = field(default_factory=dict)
    often: int = 3
    first_day: bool = False


IT, BUILDING, PEOPLE = "IT Support", "Facilities", "HR"

STORIES: tuple[Story, ...] = (
    Story(
        IT, ("VPN drops every few minutes", "VPN connection keeps dropping", "Losing the VPN in the middle of calls"),
        "Since this morning my VPN connection is lost every few minutes. I work from {location} today and have a customer call at {hour}:00.",
        (
            Thread("Could you tell me which version the VPN client shows under About?", "It says 5.1.2.", "Same as last week: the 5.1.2 client and the new gateway. 5.1.4 helps.", "Version 5.1.4 fixes it. It is in the software centre now, please install it and sign in again."),
            Thread("Does it also happen on your phone's hotspot?", "On the hotspot it works, so it is our router?", "Gateway log shows a renegotiation every 240 s, but only over his provider.", "I have put you on the old gateway; it has been stable for an hour. We talk to the provider.", "Workaround"),
        ),
        {"systems": ["VPN"], "severity": "Medium"}, often=5,
    ),
    Story(
        IT, ("VPN asks for my password twice", "VPN: password accepted, then asked again"),
        "When I connect, the VPN takes my password and asks for it again. The second time it works. It is a small thing, but every day.",
        (
            Thread("Is it the same on a fresh start of the laptop?", "Yes, each morning.", "Old profile and new one are both installed on {asset}.", "There were two VPN profiles on your laptop. I removed the old one."),
        ),
        {"systems": ["VPN"], "severity": "Low"}, often=2,
    ),
    Story(
        IT, ("Printer on floor {floor} is jammed", "Paper jam, printer floor {floor}"),
        "The printer next to the kitchen at {location} is jammed. The display says “see supervisor”, whoever that is.",
        (
            Thread("Could you send me the number on its sticker?", "{asset}, if I read it right.", "That one is due for replacement in any case.", "The tray was bent. A new one is in, and it prints again."),
            Thread("Is there still paper to be seen behind the left flap?", "A corner of a page, but I don't dare to pull.", "Second jam this month on {asset}.", "Thank you for leaving it alone. I got it out whole, and it prints."),
        ),
        {"systems": ["Printing"], "severity": "Low"}, often=4,
    ),
    Story(
        IT, ("Printer prints blank pages", "Blank pages from the printer in {room}"),
        "Since the toner was changed every second page comes out white. We print delivery notes here.",
        (
            Thread("Was the orange tape pulled off the new cartridge?", "Which tape? … Oh.", "Toner is in the cupboard behind reception.", "That was the tape. Glad it is solved!", "Answered"),
            Thread("Could you print the status page and send me a photo of it?", "Attached to my mail of just now. The last line says drum 2 %.", "Drum ordered, two days.", "A new drum is in, and it prints again."),
        ),
        {"systems": ["Printing"], "severity": "Medium"},
    ),
    Story(
        IT, ("Locked out of my account", "Account locked after my leave", "Can't sign in: account locked"),
        "I came back from leave and can't sign in any more. It says that my account is locked.",
        (
            Thread("I have unlocked it. Can you sign in now?", "For a minute. Now it is locked again.", "Wrong attempts come from the old phone's mail app.", "Your old phone kept trying with the old password. It is signed out now, and the account stays open."),
            Thread("Please try the reset page; the code goes to your phone.", "The code never arrives. My number has changed.", "The number in the directory is two years old. Asked HR to correct it.", "Your new number is in, and the code came. Done."),
        ),
        {"systems": ["E-mail"], "severity": "Medium"}, often=5,
    ),
    Story(
        IT, ("ERP: no right to book invoices", "Missing right in the ERP", "ERP says “not authorised” for credit notes"),
        "I took over invoices from a colleague and the ERP says that I am not authorised. Month end is near.",
        (
            Thread("Your manager has to agree; I have asked. Which company code is it?", "It is 20, and she has just said yes.", "Role FI_CLERK_20 is the one; not FI_ALL as asked for.", "You have the role now. Please sign out of the ERP once."),
        ),
        {"systems": ["ERP"], "severity": "Medium"},
    ),
    Story(
        IT, ("Order system down in {location}", "ERP does not answer in {location}"),
        "Nobody here can book anything: the ERP shows a white page since ten minutes. The whole line waits.",
        (
            Thread("We are on it. Is it every workstation, or only those on the line?", "All of them, the office too.", "Connections used up by the nightly report, which never ended. Killed it and raised the pool.", "It answers again. A report that never ended was the cause; it is stopped for good."),
            Thread("Seen on our side as well. Next news in fifteen minutes.", "Thank you. We write on paper until then.", "Disk of the database log was full; the clean-up job was switched off in the last release.", "Up again. We keep an eye on it today, and the clean-up runs again."),
        ),
        {"systems": ["ERP"], "severity": "Production down"}, often=1,
    ),
    Story(
        IT, ("Line terminal frozen", "Terminal at packing station {floor} hangs"),
        "The terminal at packing station {floor} is frozen and does not react to anything. We carry boxes to the next one.",
        (
            Thread("Please hold the power button for ten seconds. Does it come back?", "It comes back and freezes at the login.", "{asset}: memory test fails. Swap it for the spare.", "The spare terminal is in its place. Yours goes to repair."),
        ),
        {"systems": ["ERP"], "severity": "High"}, often=2,
    ),
    Story(
        IT, ("Laptop for a new colleague", "Laptop for someone who starts soon"),
        "Somebody new joins our team at {location}. Could a laptop be ready on the first day?",
        (
            Thread("We have two in stock. Is the fourteen-inch one fine?", "Fourteen is perfect.", "Take the one that came back from marketing, {asset}.", "It is set up and at reception, with the first password in an envelope."),
        ),
        {"severity": "Low"},
    ),
    Story(
        IT, ("Second monitor, please", "A bigger monitor for {room}"),
        "Could I have a second monitor until the end of the month? I compare plans all day.",
        (
            Thread("Gladly. HDMI or USB-C?", "USB-C, I think. The small oval one.", "Three left in the store, none with a stand.", "It is at your desk, with an arm instead of a foot.", "Answered"),
        ),
        {"severity": "Low"}, often=2,
    ),
    Story(
        IT, ("Laptop battery lasts twenty minutes", "Battery of my laptop swells"),
        "My laptop {asset} switches itself off after twenty minutes without the cable.",
        (
            Thread("Please don't charge it any more until we have seen it. Can you bring it today?", "I am at {location} until five.", "Recall by the maker: serial is on the list.", "The battery was changed under the recall. It should last a day again."),
        ),
        {"severity": "Medium"}, often=2,
    ),
    Story(
        IT, ("Wi-Fi is slow in {room}", "No Wi-Fi in {room}"),
        "In {room} the Wi-Fi is so slow that calls break up. Next door it is fine.",
        (
            Thread("How many are you usually in that room?", "Twelve on Mondays, else four.", "The access point is still on channel 36 like its neighbours.", "I moved the access point to another channel. Please tell me how Monday goes."),
            Thread("Is it since the new partition wall?", "Now that you say it: yes.", "Needs an access point of its own. Electrician asked.", "There is an access point in the room now, and it is fast."),
        ),
        {"systems": ["Wi-Fi"], "severity": "Medium"},
    ),
    Story(
        IT, ("Suspicious mail from “the bank”", "Is this mail real?", "Phishing? Mail about an unpaid parcel"),
        "I got a mail that asks me to confirm our account. I have not clicked on anything. Is it real?",
        (
            Thread("It is not. Thank you for asking! Did anybody else in your team get it?", "Two colleagues; one opened the link.", "Sender blocked. Password of the one who clicked is reset, no sign-in from outside seen.", "The sender is blocked and the mail is removed from all inboxes. You did the right thing.", "Answered"),
        ),
        {"systems": ["E-mail"], "severity": "High"},
    ),
    Story(
        IT, ("Shared mailbox for the {location} team", "Please add me to the shared mailbox"),
        "Could I get access to our team's shared mailbox? My colleague is on leave and customers wait.",
        (
            Thread("Is it to read, or to send as well?", "To send as well, please.", "Owner of the mailbox is on leave; her deputy agreed by phone.", "You have it now. It appears by itself within the hour."),
        ),
        {"systems": ["E-mail"], "severity": "Low"},
    ),
    Story(
        IT, ("Payslip portal shows an error", "Can't open my payslip"),
        "The payslip portal says “session expired” right after I sign in. Others can open theirs.",
        (
            Thread("Which browser do you use, and does a private window help?", "In a private window it works!", "Third one this week: the portal's cookie changed on the 1st.", "Please clear the cookies of that site once. The maker will mend it with the next release.", "Workaround"),
        ),
        {"systems": ["Payroll"], "severity": "Medium"},
    ),
    Story(
        BUILDING, ("Heating in {room} is cold", "No heating in {room}"),
        "The radiator in {room} at {location} has been cold since Monday. We meet in coats.",
        (
            Thread("Thank you for telling us. Does it get warm at the valve, or not at all?", "Warm at the valve, cold at the other end.", "Air in the pipe again. Plumber called.", "It is bled and gets warm. We look at it again on Friday."),
            Thread("Someone comes to look this afternoon. Is the room free at three?", "It is. The key is at reception.", "Third time this year: put it on the list for the landlord.", "The valve was replaced; it gets warm now."),
        ),
        {"severity": "Medium"}, often=4,
    ),
    Story(
        BUILDING, ("Leak under the kitchen sink", "Water leak in the kitchen, floor {floor}"),
        "There is water on the kitchen floor again, it comes from under the sink. I have put a bucket there.",
        (
            Thread("We are on our way. Please switch off the dishwasher.", "Done. The bucket is half full.", "Trap was loose; the seal is from the year one.", "Sealed and dry. Please take the bucket back to the cleaning room."),
        ),
        {"severity": "Medium"}, often=2,
    ),
    Story(
        BUILDING, ("Badge does not open the garage", "My badge does not work at the {location} entrance"),
        "My badge opens the front door, and not the garage. I was stuck at the gate this morning.",
        (
            Thread("Which number is on the badge?", "It ends in 771.", "The garage group was lost in the export.", "It should open now; the reader takes a minute to learn it."),
        ),
        {"severity": "Low"},
    ),
    Story(
        BUILDING, ("Key for the archive", "Key to {room}"),
        "Could I have a key for two weeks? We clear old files before the audit.",
        (
            Thread("Of course. When would it suit you to sign for it?", "Thursday before ten.", "Two left in the drawer.", "Handed out on Thursday. Please bring it back after the audit.", "Answered"),
        ),
        {"severity": "Low"}, often=2,
    ),
    Story(
        BUILDING, ("A higher desk", "New desk by the window", "Desk that can be raised"),
        "My physiotherapist says that I should stand from time to time. Is there a desk that can be raised?",
        (
            Thread("There is. Is a width of 160 fine, and when may we come?", "160 is fine. Tuesdays I work from home.", "Two of the old ones come back from Porto next week.", "It stands at your place since Tuesday. The buttons remember two heights."),
        ),
        {"severity": "Low"},
    ),
    Story(
        BUILDING, ("Light flickers in {room}", "Lamp broken in the corridor, floor {floor}"),
        "One of the tubes flickers all day. It is right above our desks.",
        (
            Thread("We have some in stock. May we come during lunch?", "Lunch is perfect.", "All tubes of that row are from the same lot; change them together.", "The whole row has new lamps now."),
        ),
        {"severity": "Low"},
    ),
    Story(
        BUILDING, ("Visitors from a customer: room and parking", "Room and lunch for eight guests"),
        "On the {day}th eight guests come to {location}. We need a room with a screen, two parking places, and lunch.",
        (
            Thread("{room} is free. Is there anybody who eats no meat or no gluten?", "Two without meat, one without gluten.", "Parking 11 and 12; names are at the gate.", "All is booked. The caterer comes at half past twelve.", "Answered"),
        ),
        {"severity": "Low"},
    ),
    Story(
        PEOPLE, ("New colleague begins soon: papers", "Contract for the working student", "New hire for the {location} team"),
        "Please prepare the papers for somebody new in our team at {location}. Cost centre as usual.",
        (
            Thread("Gladly. What will be the first day?", "The first of the month.", "Payroll closes on the twentieth.", "Everything is signed and filed. IT knows of the laptop."),
            Thread("Congratulations! Is it full time, and from when?", "80 percent, from the first.", "Waiting for the signature from Gdańsk.", "The contract is signed by both. Welcome to the team!"),
        ),
        often=5, first_day=True,
    ),
    Story(
        PEOPLE, ("Days of leave left this year", "How many days of leave do I have?"),
        "A short question: how many days of leave do I have left, and until when do I have to take them?",
        (
            Thread("Does the count in the portal not show, or do you doubt it?", "It shows fourteen, I thought eleven.", "Carry-over of three days ends in March.", "Fourteen is right: eleven of this year, and three that you have to take until the end of March.", "Answered"),
        ),
        often=4,
    ),
    Story(
        PEOPLE, ("Wrong address on the payslip", "I have moved: new address"),
        "My payslip still goes to the old address, although I moved in summer.",
        (
            Thread("Could you send me the new address, and since when it holds?", "It is in the form that I put in your box, since August.", "Corrected in payroll too.", "Corrected; the next payslip has it right."),
        ),
    ),
    Story(
        PEOPLE, ("Certificate of employment", "Confirmation of employment for my landlord"),
        "I need a confirmation that I am employed here, in English if possible.",
        (
            Thread("Shall it state the salary?", "No, only that the contract is permanent.", "Template 7, English.", "It is in your folder, signed. Good luck with the flat!", "Answered"),
        ),
    ),
    Story(
        PEOPLE, ("Parental leave from spring", "Parental leave: which papers?"),
        "We are expecting a child in spring. Which papers do you need from me, and when?",
        (
            Thread("Congratulations! From when to when would you like to be away?", "From April, for seven months.", "Notice has to be in seven weeks before.", "All is confirmed. We send you the letter, and wish you all the best."),
        ),
        often=1,
    ),
    Story(
        PEOPLE, ("Language course", "Training: is there a budget left?"),
        "I would like to take an evening course this quarter. Is there a budget left in our cost centre?",
        (
            Thread("There is. What does it cost, and does your manager know?", "480 euros, and she knows.", "Half of the budget is used.", "Approved. Please send the invoice to us, not to accounting.", "Answered"),
        ),
        often=2,
    ),
)  # fmt: skip
