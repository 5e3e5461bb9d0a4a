"""A week in the life of one unit, from the import of the sample department to the weekly summary."""

from __future__ import annotations

from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path

from bot import shell
from handlers.views.texts import texts
from storage import audit, chain
from tests.support.world import HANOI, World, running

CHANNEL = -1002000000001
HEAD, KIEU, QUYNH, DIRECTOR = "Mai Mẫu Việt Quân", "Kiều Mẫu Gia Thịnh", "Cao Thị Mẫu Quỳnh", "Nguyễn Mẫu Đức An"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HANOI)


def import_sample(world: World, what: str) -> list[str]:
    said: list[str] = []
    with as_file(files("bot.sample") / f"{what}.csv") as path:
        shell.import_file(
            world.app.store.engine, world.app.office, what, path, world.clock(), texts("en"), said.append, dry_run=False
        )
    return said


async def test_a_week_from_import_to_weekly_summary(tmp_path: Path) -> None:
    async with running(tmp_path, at("2026-12-07T07:30")) as world:
        assert import_sample(world, "staff")[-1] == "42 people added, 0 changed, 0 unchanged; 8 new units."
        assert import_sample(world, "tasks")[-1] == "80 tasks added, 0 changed, 0 unchanged."
        shell.change_grant(world.app.store.engine, DIRECTOR, "leader", None, world.clock(), texts("en"), give=True)

        # Monday: people join; in working hours they get what became due.
        head, kieu, quynh = await world.join(HEAD), await world.join(KIEU), await world.join(QUYNH)
        director = await world.join(DIRECTOR)
        await world.channel(CHANNEL, "Ban Giám đốc", director)
        await director.say("/link")
        code = director.said.split("/link ")[1].split()[0]
        world.server.post(CHANNEL, f"/link {code}")
        await world.settle()
        assert "Ban Giám đốc" in director.said
        await director.press("Đồng ý")
        assert "Friday" not in director.said
        assert "16:00" in director.said

        # The head gives work; the owner hears of it at once, because the office is open.
        await world.go(at("2026-12-07T09:00"))
        for person in (head, kieu, quynh, director):
            person.news()
        await head.say(f"/giaoviec {KIEU}; 10/12/2026 17:00; Báo cáo thử; Report")
        await head.press("✔️")
        assert "New task" in kieu.said
        created = [text for text in head.news() if "CDS-015" in text]
        assert created

        # Tuesday to Thursday: one reminder for each step, none at night.
        await world.go(at("2026-12-08T18:00"))
        kieu.news()
        await world.go(at("2026-12-09T08:29"))
        assert kieu.news() == []
        await world.go(at("2026-12-09T08:30"))
        morning = kieu.news()
        assert len(morning) == 1
        assert "CDS-015" in morning[0]
        await world.go(at("2026-12-10T08:30"))
        assert sum("CDS-015" in text for text in kieu.news()) == 1
        await world.go(at("2026-12-10T15:00"))
        assert sum("CDS-015" in text for text in kieu.news()) == 1

        # Done in time with one tap; the head confirms with another.
        await kieu.press("✅")
        await world.go(at("2026-12-10T16:00"))
        assert "CDS-015" in head.said
        await head.press("👍")
        await world.go(at("2026-12-11T08:31"))
        assert not [text for text in kieu.news() if "CDS-015" in text and "Reminder" in text]

        # Friday 16:00: one summary, whose classes add up.
        await world.go(at("2026-12-11T15:45"))
        assert summaries(world) == []
        await world.go(at("2026-12-11T16:30"))
        posts = summaries(world)
        assert len(posts) == 1
        numbers = figures_of(posts[0])
        assert numbers["total"] == sum(numbers[key] for key in ("🟢", "🟠", "🔵", "🔴", "⚪"))
        assert numbers["total"] == 81
        assert numbers["🟢"] == 1

        # The seal at its foot is one against which the history can be verified later; a preview has none.
        await world.go(at("2026-12-14T12:00"))
        foot = posts[0].splitlines()[-1]
        assert foot.startswith("🔗 ")
        printed = chain.read_head(foot.removeprefix("🔗 "))
        assert printed.length > 42 + 80
        report = await world.app.store.read(lambda c: audit.verify(c, [printed]))
        assert (report.problem, report.rows > printed.length) == (None, True)
        assert "🔗" not in await head.say("/tonghop")
        assert len(summaries(world)) == 1


def summaries(world: World) -> list[str]:
    return [post for post in world.posts(CHANNEL) if "Tổng hợp tuần" in post]


def figures_of(post: str) -> dict[str, int]:
    """The overview of a summary: the number behind each icon, and the total."""
    found: dict[str, int] = {}
    for line in post.splitlines():
        words = line.split()
        if line.startswith("Tổng số nhiệm vụ"):
            found["total"] = int("".join(c for c in words[4] if c.isdigit()))
        for icon in ("🟢", "🟠", "🔵", "🔴", "⚪"):
            if line.startswith(icon) and ":" in line and icon not in found:
                found[icon] = int(line.rsplit(":", 1)[1])
    return found


async def test_letters_arrive_only_in_working_hours_and_each_step_once(tmp_path: Path) -> None:
    async with running(tmp_path, at("2026-12-07T07:30")) as world:
        import_sample(world, "staff")
        import_sample(world, "tasks")
        people = [await world.join(name) for name in (HEAD, KIEU, QUYNH)]
        joined = {person.account: len(person.messages) for person in people}
        await world.go(at("2026-12-21T12:00"))
        for person in people:
            for message in person.messages[joined[person.account] :]:
                sent = datetime.fromtimestamp(message["date"], HANOI)
                assert sent.weekday() < 5, message["text"]
                assert "08:00" <= sent.strftime("%H:%M") < "17:30", message["text"]
        steps = await world.app.store.read(
            lambda c: c.exec_driver_sql("select task_id, name, due_at, count(*) n from steps group by 1, 2, 3").all()
        )
        assert steps
        assert {row.n for row in steps} == {1}


async def test_the_planner_run_twice_plans_nothing_twice(tmp_path: Path) -> None:
    async with running(tmp_path, at("2026-12-07T07:30")) as world:
        import_sample(world, "staff")
        import_sample(world, "tasks")
        await world.join(KIEU)
        world.clock.now = at("2026-12-09T08:30")
        await world.app.ticks.plan()
        planned = [letter.key for letter in await world.letters()]
        await world.app.ticks.plan()
        await world.app.ticks.plan()
        assert [letter.key for letter in await world.letters()] == planned
        assert any(key.startswith("agenda:") for key in planned)


async def test_all_steps_of_one_person_come_in_one_letter(tmp_path: Path) -> None:
    async with running(tmp_path, at("2026-12-07T10:00")) as world:
        await world.staff("Hoa Head, Unit A, head, en", "Mai Member, Unit A, member, en")
        head, mai = await world.join("Hoa Head"), await world.join("Mai Member")
        for title in ("One", "Two", "Three"):
            await head.say(f"/assign mai; 10/12/2026 17:00; {title}; Report")
            await head.press("✔️")
            await mai.press("👀")
        mai.news()
        await world.go(at("2026-12-09T09:00"))
        news = mai.news()
        assert len(news) == 1
        assert all(title in news[0] for title in ("One", "Two", "Three"))
        # One tap closes one of them; the letter stays for the others.
        number = len(mai.messages)
        await mai.press("✅ UA-002")
        assert "UA-002 submitted" in mai.toast
        assert "✅ UA-002" not in mai.labels(mai.messages[number - 1])
        assert "✅ UA-003" in mai.labels(mai.messages[number - 1])
