"""jellyfin-apiclient-python (the library of jellyfin-mpv-shim and Kodi's add-on) as a guest of the kit's Jellyfin face."""

import uuid

import requests
from jellyfin_apiclient_python import JellyfinClient

from kit import FILM, Kit, check

with Kit() as kit:
    client = JellyfinClient()
    client.config.app("Judge", "1.0", "Bench", uuid.uuid4().hex)
    client.config.data["auth.ssl"] = False
    hello = kit.hello
    client.auth.connect_to_address(hello["address"])
    check("a wrong password is refused", not client.auth.login(hello["address"], hello["user"], "wrong"))
    told = client.auth.login(hello["address"], hello["user"], hello["password"])
    check("signs in", told["User"]["Name"] == hello["user"], told)
    server = client.auth.credentials.get_credentials()["Servers"][0]
    client.authenticate({"Servers": [server]}, discover=False)
    api = client.jellyfin

    views = {view["CollectionType"]: view["Id"] for view in api.get_views()["Items"]}
    check("sees the libraries", {"movies", "tvshows", "music"} <= set(views), views)
    films = api.get_user_items(parent_id=views["movies"], include_item_types="Movie")
    names = [film["Name"] for film in films["Items"]]
    check("lists the films", FILM in names and films["TotalRecordCount"] >= len(names), names)
    film = next(film for film in films["Items"] if film["Name"] == FILM)
    item = api.get_item(film["Id"])
    check("opens one", item["RunTimeTicks"] > 0 and item["MediaSources"][0]["Size"] > 0, item)
    found = api.search_media_items(term="long reel", media="Movie")
    check("finds it by its name", film["Id"] in [hit["Id"] for hit in found["Items"]], found)
    shows = api.get_user_items(parent_id=views["tvshows"], include_item_types="Series")["Items"]
    seasons = api.get_seasons(shows[0]["Id"])["Items"]
    episodes = api.get_episodes(shows[0]["Id"], season_id=seasons[0]["Id"])["Items"]
    check("walks down a show", [episode["IndexNumber"] for episode in episodes] == [1, 2, 3], episodes)

    info = api.get_play_info(film["Id"], profile={"DirectPlayProfiles": [{"Type": "Video"}]})
    check("may play it as it is", info["MediaSources"][0]["SupportsDirectPlay"], info)
    size = info["MediaSources"][0]["Size"]
    for url in api.video_url(film["Id"], include_apikey=True), api.download_url(film["Id"], include_apikey=True):
        part = requests.get(url, headers={"Range": "bytes=1000-1999"}, timeout=30)
        check("reads a range", (part.status_code, len(part.content)) == (206, 1000), part.status_code)
        check("is told which", part.headers["Content-Range"] == f"bytes 1000-1999/{size}", dict(part.headers))

    report = {"ItemId": film["Id"], "PlaySessionId": info["PlaySessionId"], "CanSeek": True, "PositionTicks": 0}
    api.session_playing(report)
    api.session_progress({**report, "PositionTicks": 9 * 10**7, "IsPaused": False})
    api.session_stop({**report, "PositionTicks": 12 * 10**7})
    check("its reports are heard", kit.heard()[0] == (12.0, False), kit.heard())
    resumable = [item["Id"] for item in api.get_resume_items()["Items"]]
    check("finds it among what was begun", film["Id"] in resumable, resumable)
    api.item_played(film["Id"], True)
    check("marks it watched", kit.heard()[0][1], kit.heard())
    api.favorite(film["Id"], True)
    check("likes it", api.get_item(film["Id"])["UserData"]["IsFavorite"])
