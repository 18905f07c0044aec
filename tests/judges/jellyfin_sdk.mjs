// @jellyfin/sdk, the client that Jellyfin's own web and TV apps are made with, as a guest of the kit's Jellyfin face.

import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import readline from 'node:readline';
import { pathToFileURL } from 'node:url';

const modules = path.join(process.env.JUDGES_MODULES, 'node_modules');
const load = place => import(pathToFileURL(path.join(modules, '@jellyfin/sdk/lib', place)).href);
const { Jellyfin } = await load('index.js');
const apis = await load('utils/api/index.js');
const { default: axios } = await import(pathToFileURL(createRequire(modules + '/').resolve('axios')).href);

const FILM = 'The Long Reel';

function check(what, holds, seen) {
  if (!holds) throw new Error(`WRONG: ${what}: ${JSON.stringify(seen)}`);
  console.log(`  ${what}`);
}

const kit = spawn(process.env.JUDGES_KIT, [], { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = readline.createInterface({ input: kit.stdout })[Symbol.asyncIterator]();
const line = async () => JSON.parse((await lines.next()).value);
const ask = async command => (kit.stdin.write(JSON.stringify(command) + '\n'), line());

try {
  const hello = await line();
  const sdk = new Jellyfin({ clientInfo: { name: 'Judge', version: '1.0' }, deviceInfo: { name: 'Bench, with "signs" & ünïcode', id: 'judge-1' } });
  const servers = await sdk.discovery.getRecommendedServers([hello.address]);
  const best = sdk.discovery.findBestServer(servers);
  check('takes it for a good server', best?.address === hello.address, servers);
  const api = sdk.createApi(best.address);
  const refused = await apis.getAuthenticationApi(api).authenticateUserByName({ authenticateUserByName: { Username: hello.user, Pw: 'wrong' } }).catch(error => error.response);
  check('a wrong password is refused', refused.status === 401, refused.status);
  const { data: signedIn } = await apis.getAuthenticationApi(api).authenticateUserByName({ authenticateUserByName: { Username: hello.user, Pw: hello.password } });
  check('signs in', signedIn.User.Name === hello.user && signedIn.AccessToken, signedIn);
  api.update({ accessToken: signedIn.AccessToken });
  const { data: me } = await apis.getUserApi(api).getCurrentUser();
  check('is whom it signed in', me.Id === signedIn.User.Id, me);

  const userId = me.Id;
  const { data: views } = await apis.getUserViewApi(api).getUserViews({ userId });
  const view = type => views.Items.find(one => one.CollectionType === type);
  check('sees the libraries', view('movies') && view('tvshows') && view('music'), views);
  const list = { userId, parentId: view('movies').Id, recursive: true, includeItemTypes: ['Movie'], sortBy: ['SortName'], sortOrder: ['Ascending'], fields: ['MediaSources', 'Overview'] };
  const { data: films } = await apis.getLibraryApi(api).getItems(list);
  const film = films.Items.find(one => one.Name === FILM);
  check('lists the films', film && films.TotalRecordCount === films.Items.length, films);
  const { data: second } = await apis.getLibraryApi(api).getItems({ ...list, startIndex: 1, limit: 1 });
  check('pages make the same list', second.Items[0].Id === films.Items[1].Id && second.StartIndex === 1, second);
  const { data: item } = await apis.getLibraryApi(api).getItem({ userId, itemId: film.Id });
  check('opens one', item.RunTimeTicks > 0 && item.MediaSources[0].Size > 0, item);
  const { data: latest } = await apis.getLibraryApi(api).getLatestMedia({ userId, parentId: view('movies').Id });
  check('sees what is new', Array.isArray(latest) && latest.length > 0, latest);
  const { data: shows } = await apis.getLibraryApi(api).getItems({ userId, parentId: view('tvshows').Id, recursive: true, includeItemTypes: ['Series'] });
  const { data: seasons } = await apis.getShowApi(api).getSeasons({ userId, seriesId: shows.Items[0].Id });
  const { data: episodes } = await apis.getShowApi(api).getEpisodes({ userId, seriesId: shows.Items[0].Id, seasonId: seasons.Items[0].Id });
  check('walks down a show', episodes.Items.map(one => one.IndexNumber).join() === '1,2,3', episodes);
  const picture = await axios.get(apis.getImageApi(api).getItemImageUrlById(film.Id, 'Primary', { tag: film.ImageTags.Primary, fillWidth: 300 }), { responseType: 'arraybuffer' });
  check('gets its poster', picture.status === 200 && picture.headers['content-type'].startsWith('image/'), picture.headers);

  const { data: info } = await apis.getMediaInfoApi(api).getPostedPlaybackInfo({ itemId: film.Id, userId, playbackInfoDto: { DeviceProfile: { DirectPlayProfiles: [{ Type: 'Video' }] } } });
  const source = info.MediaSources[0];
  check('may play it as it is', source.SupportsDirectPlay && info.PlaySessionId, info);
  const bytes = await axios.get(`${best.address}/Videos/${film.Id}/stream?static=true&mediaSourceId=${source.Id}`, {
    headers: { Authorization: api.authorizationHeader, Range: 'bytes=1000-1999' }, responseType: 'arraybuffer',
  });
  check('reads a range', bytes.status === 206 && bytes.data.byteLength === 1000, bytes.status);
  check('is told which', bytes.headers['content-range'] === `bytes 1000-1999/${source.Size}`, bytes.headers);

  const play = { ItemId: film.Id, MediaSourceId: source.Id, PlaySessionId: info.PlaySessionId, PlayMethod: 'DirectPlay' };
  const state = apis.getSessionApi(api);
  await state.reportPlaybackStart({ playbackStartInfo: { ...play, CanSeek: true, PositionTicks: 0 } });
  await state.reportPlaybackProgress({ playbackProgressInfo: { ...play, CanSeek: true, PositionTicks: 90000000, IsPaused: true } });
  await state.reportPlaybackStopped({ playbackStopInfo: { ...play, PositionTicks: 120000000 } });
  const heard = await ask({ title: FILM });
  check('its reports are heard', heard.position === 12 && !heard.watched, heard);
  const { data: resume } = await apis.getLibraryApi(api).getResumeItems({ userId });
  check('finds it among what was begun', resume.Items.some(one => one.Id === film.Id), resume);
  const { data: mark } = await apis.getUserDataApi(api).markPlayedItem({ userId, itemId: film.Id });
  check('marks it watched', mark.Played && (await ask({ title: FILM })).watched, mark);
  const { data: liked } = await apis.getUserDataApi(api).markFavoriteItem({ userId, itemId: film.Id });
  check('likes it', liked.IsFavorite, liked);
  const out = await apis.getSessionApi(api).reportSessionEnded();
  check('signs out', out.status === 204, out.status);
  const after = await apis.getUserApi(api).getCurrentUser().catch(error => error.response);
  check('is out', after.status === 401, after.status);
} finally {
  kit.kill();
}
