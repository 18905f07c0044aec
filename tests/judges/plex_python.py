"""PlexAPI for Python (the library of Tautulli's and Kometa's scripts) as a guest of the kit's plex.tv and Plex faces.

It reads XML, which the engine never asks for: so it also judges whether the kit's JSON is the same tree.
"""

import requests
from plexapi.exceptions import Unauthorized
from plexapi.myplex import MyPlexAccount, MyPlexPinLogin
from plexapi.server import PlexServer

from kit import FILM, Kit, check


class Detour(requests.adapters.HTTPAdapter):
    """Sends what is meant for plex.tv to the kit's face of it."""

    def __init__(self, base):
        super().__init__()
        self.base = base

    def send(self, request, **options):
        request.url = request.url.replace("https://plex.tv", self.base)
        return super().send(request, **options)


with Kit() as kit:
    session = requests.Session()
    session.mount("https://plex.tv/", Detour(kit.hello["plex_tv"]))

    pin = MyPlexPinLogin(session=session)
    check("gets a code of four signs", len(pin.pin) == 4, pin.pin)
    check("is not let in before anybody typed it", not pin.checkLogin())
    kit.ask(link=pin.pin)
    check("is let in after", pin.checkLogin() and pin.token, pin.token)
    account = MyPlexAccount(token=pin.token, session=session)
    check("knows who it is", account.title == "Ada" and account.uuid, account.title)
    resource = next(one for one in account.resources() if "server" in one.provides)
    check("is told of the server", resource.owned and resource.accessToken and resource.connections, resource.name)
    plex = resource.connect(ssl=False, timeout=10)
    check("reaches it", plex.machineIdentifier == resource.clientIdentifier and plex.friendlyName, plex.friendlyName)
    try:
        PlexServer(plex._baseurl, "nobody's")
        check("a wrong token is refused", False)
    except Unauthorized:
        check("a wrong token is refused", True)

    sections = {section.type: section for section in plex.library.sections()}
    check("sees the libraries", {"movie", "show", "artist"} <= set(sections), sections)
    films = sections["movie"].all()
    check("lists the films", FILM in [film.title for film in films], films)
    pages = sections["movie"].all(container_start=0, container_size=2)
    check("pages make the same list", [film.ratingKey for film in pages] == [film.ratingKey for film in films])
    film = plex.fetchItem(next(film.ratingKey for film in films if film.title == FILM))
    part = film.media[0].parts[0]
    check("opens one", film.duration > 0 and part.size > 0 and part.streams, part)
    check("knows its chapters", len(film.chapters) > 0, film.chapters)
    show = sections["show"].all()[0]
    check("walks down a show", [one.index for one in show.seasons()[0].episodes()] == [1, 2, 3], show)
    hits = [hit.title for hit in plex.search("long reel", mediatype="movie")]
    check("finds it by its name", FILM in hits, hits)

    asked = {"Range": "bytes=1000-1999", "X-Plex-Session-Identifier": "judge"}
    bytes_at = plex.url(part.key, includeToken=True)
    refused = requests.get(bytes_at, headers={**plex._headers(), **asked}, timeout=30)
    check("gets no bytes without a decision", refused.status_code == 503, refused.status_code)
    plex.query(
        f"/video/:/transcode/universal/decision?path={film.key}&mediaIndex=0&partIndex=0&protocol=http&directPlay=1"
        "&directStream=1&hasMDE=1",
        headers={"X-Plex-Session-Identifier": "judge", "X-Plex-Platform": "Generic"},
    )
    got = requests.get(bytes_at, headers={**plex._headers(), **asked}, timeout=30)
    check("reads a range after it", (got.status_code, len(got.content)) == (206, 1000), got.status_code)
    check("is told which", got.headers["Content-Range"] == f"bytes 1000-1999/{part.size}", dict(got.headers))

    film.updateTimeline(9_000, state="playing")
    film.updateTimeline(12_000, state="stopped")
    check("its reports are heard", kit.heard()[1] == (12.0, False), kit.heard())
    check("sees its own position", plex.fetchItem(film.ratingKey).viewOffset == 12_000)
    deck = [item.ratingKey for item in plex.library.onDeck()]
    check("finds it on deck", film.ratingKey in deck, deck)
    film.markPlayed()
    check("marks it watched", kit.heard()[1][1], kit.heard())
    film.markUnplayed()
    check("and unwatched", not kit.heard()[1][1], kit.heard())
