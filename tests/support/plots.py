"""What happens in the stories in which the power fails at every commit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.app import App
from bot.sandbox.calls import Fault, too_many
from tests.support.commits import Story
from tests.support.world import MONDAY

TUESDAY = MONDAY.replace(day=8, hour=8, minute=0)
DUE = TUESDAY.replace(hour=17)
CHANNEL, GROUP, MOVED = -1_003_000_000_001, -4_000_000_002, -1_003_000_000_007
HEAD, MAI, BINH, LAN, NAM = "Hoa Head", "Mai Member", "Binh Member", "Lan Leader", "Nam New"
SEEDED = (MAI, BINH)  # each with a task
HOUR = timedelta(hours=1)

Plot = Callable[[Story], Awaitable[None]]


def day(number: int, hour: int, minute: int = 0) -> datetime:
    """A moment of that December in Hanoi."""
    return TUESDAY.replace(day=number, hour=hour, minute=minute)


async def work(story: Story) -> None:
    """Reports, an obstacle, a return and an acceptance."""
    await story.say(MAI, "/progress UA-001 40 first note")
    await story.say(MAI, "/progress UA-001 60 second note")
    await story.say(BINH, "/blocked UA-002 no budget; ask the council")
    await story.say(MAI, "/done UA-001 ready")
    await story.say(HEAD, "/return UA-001 the annex is missing")
    await story.say(MAI, "/done UA-001 with the annex")
    await story.say(HEAD, "/accept UA-001")
    await story.say(HEAD, "/urge UA-002")
    await story.go(day(8, 9))


async def newcomer(story: Story) -> None:
    """Joining, work given in a dialogue, evidence, a ladder, settings."""
    await story.say("Stranger", "/tasks")
    await story.say(NAM, f"/start {story.code}")
    await story.press(NAM, "✔️")
    for words in ("/assign", "nam", "16/12/2026 09:30", "Check the fire exits", "List of exits"):
        await story.say(HEAD, words)
    await story.press(HEAD, "✔️")
    await story.say(NAM, "/received UA-003")
    await story.send(NAM, "scan.pdf", "/evidence UA-003 the first scan")
    await story.say(HEAD, "/ladder UA-003 5,1 4h 1x2")
    await story.say(HEAD, "/urgent UA-003")
    await story.say(NAM, "/settings")
    await story.press(NAM, "Polski")
    await story.say(HEAD, "/assign")
    await story.say(HEAD, "/cancel")
    await story.say(LAN, "/calendar off 15/12/2026 Power cut; letter 12")


async def hands(story: Story) -> None:
    """A hand-over by consent, an extension, an absence, somebody who leaves."""
    await story.say(MAI, "/handover UA-001 binh; I am on a course")
    await story.go(day(8, 9))
    await story.press(BINH, "✔️ I take it over")
    await story.go_on(day(9, 9))
    await story.press(HEAD, "✔️ Approve")
    await story.say(BINH, "/extend UA-002 21/12/2026; the data come late")
    await story.say(HEAD, "/approve 2")
    await story.say(BINH, "/away 14/12/2026 mai")
    await story.say(MAI, "/progress UA-002 30 for Binh")
    await story.say(BINH, "/back")
    await story.say(BINH, "/decline UA-001 not my field")
    await story.say(HEAD, "/reassign UA-001 mai; Mai knows the field")
    await story.say(HEAD, "/leaver binh; mai; retires")
    await story.go_on(day(10, 9))
    await story.say(LAN, "/approve 5")
    await story.say(HEAD, "/leaver binh")
    await story.press(HEAD, "✔️ Close")
    await story.act(lambda: story.server.block(story.person(MAI).account))


async def friday(story: Story) -> None:
    """A channel is linked; text, picture and file are posted, corrected and sent again; one is held; it closes."""
    story.server.add_channel(CHANNEL, "Board", admins=[story.person(HEAD).account])
    await story.link(HEAD, lambda code: story.server.post(CHANNEL, f"/link {code}"))
    await story.say(HEAD, "/summary settings")
    await story.press(HEAD, "17:00")
    await story.go_on(day(11, 16), day(11, 17), day(11, 18))
    await story.repair("UA-002")
    await story.say(HEAD, "/summary correct")
    await story.say(HEAD, "The deadline was typed wrongly")
    await story.say(HEAD, "/summary again")
    story.server.publish(CHANNEL, "everybody")
    await story.go_on(day(18, 16), day(18, 17), day(18, 18))
    await story.press(HEAD, "Post all the same")
    await story.act(lambda: story.server.kick_bot(CHANNEL))


async def group(story: Story) -> None:
    """A group is linked and becomes a supergroup."""
    story.server.add_group(GROUP, "Heads", [story.person(HEAD).account], [story.person(HEAD).account], supergroup=False)
    await story.link(HEAD, lambda code: story.server.say(story.person(HEAD).account, f"/link {code}", chat_id=GROUP))
    await story.act(lambda: story.server.upgrade_group(GROUP, MOVED))
    await story.go_on(day(11, 15), day(11, 16), day(11, 17))


async def by_itself(story: Story) -> None:
    """Recurring work, reminders, a pause, a restart, lost presses, letters of a long silence in one, tidying."""
    await story.say(HEAD, "/recurring mai; every working day at 16:00; Post; Register")
    await story.press(HEAD, "✔️ Confirm")
    await story.say(LAN, "/assign lan; 9/12/2026 17:00; Speech; Text")
    await story.press(LAN, "✔️")
    await story.go_on(day(8, 9))
    story.rig.plan.next(too_many(20), chat=story.person(BINH).account)
    await story.say(HEAD, "/urge UA-002")
    await story.do(App.remember)
    await story.again()
    for name in (HEAD, MAI, LAN):  # who got buttons twice hears of lost presses, even if the note of one is lost
        await story.say(name, "/task UA-001")
    await story.away(timedelta(minutes=10))
    story.rig.plan.always(Fault("drop"))
    await story.say(HEAD, "/return UA-001 nothing is there")
    await story.say(HEAD, "/assign mai; 9/12/2026 17:00; Second; Report")
    await story.say(HEAD, "/cancel")
    await story.go_on(day(8, 14))
    story.rig.plan.clear()
    await story.go_on(day(8, 15))
    story.rig.plan.always(Fault("drop"))  # on the way of the first agendas: the others are called back
    await story.go_on(day(9, 9))
    story.rig.plan.clear()
    await story.go_on(day(9, 10), day(10, 9))
    await story.say(HEAD, "/recurring end 1")
    await story.do(lambda app: app.ticks.tidy())
    await story.do(lambda app: app.mailbox.renew())


PLOTS: dict[str, Plot] = {
    "work": work,
    "newcomer": newcomer,
    "hands": hands,
    "friday": friday,
    "group": group,
    "by itself": by_itself,
}
