"""A server that wants its token: the pages ask for it, once for the whole browser."""

from browsing import Site, visiting
from command_line import CommandLine
from playwright.sync_api import Browser, expect


def test_the_token_is_asked_for_once_and_never_seen_again(browser: Browser, cli: CommandLine) -> None:
    token = "open-sesame-open-sesame"
    (cli.folder / "token").write_text(token)
    site = Site(cli, "--token-file", str(cli.folder / "token"))
    with visiting(browser, site.url) as visitor:
        page, other = visitor.tab("/"), visitor.tab("/runs")
        expect(page.get_by_role("heading")).to_have_text("This server needs its token")
        expect(page.get_by_label("Token")).to_be_focused()
        expect(page.get_by_text("reconnecting")).to_have_count(0)
        page.get_by_label("Token").fill("wrong")
        page.get_by_role("button", name="Enter").click()
        expect(page.get_by_role("alert")).to_have_text("That is not the token of this server.")
        page.get_by_label("Token").fill(token)
        page.keyboard.press("Enter")
        for tab in (page, other):
            expect(tab.get_by_role("banner").get_by_role("status")).to_have_text("live")
            expect(tab.get_by_label("Token")).to_have_count(0)
        assert token not in page.content() + page.url
        [cookie] = visitor.context.cookies()
        assert cookie["httpOnly"]
        assert cookie["sameSite"] == "Strict"
        assert token not in cookie["value"]
        # A session may end while the events go on.
        expect(page.get_by_text("Nothing is catalogued yet")).to_be_visible()
        visitor.context.clear_cookies()
        page.get_by_role("link", name="Model").click()
        expect(page.get_by_label("Token")).to_be_focused()
        page.keyboard.type(token)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Model")
        page.reload()
        expect(page.get_by_role("banner").get_by_role("status")).to_have_text("live")
        expect(page.get_by_label("Token")).to_have_count(0)
