// The page as a whole: what is open, what the server says, what the buttons at the top do.

import { answer, startComposer, useChat } from './composer.js';
import { about, dressAvatar, markSeen, showPeople, unread } from './people.js';
import { forget, scrollDown, showTalk } from './talk.js';
import { clockDay, loadWords, make, memory, settings, t, timeOf } from './words.js';

const $ = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const LANGUAGES = ['vi', 'en', 'pl'];
let state = { version: -1, chats: [] };
let open = null;
let talk = null;
let asked = 0;
let arrived = 0; // what came into the open chat before it was opened

async function get(path) {
  const reply = await fetch(path);
  if (!reply.ok) throw new Error(String(reply.status));
  return reply.json();
}

async function send(path, body) {
  const reply = await fetch(path, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
  });
  if (!reply.ok) throw new Error(String(reply.status));
  return reply.json();
}

// Every act of the person in front: a refusal is said in the reader's words, never thrown away.
async function attempt(run) {
  try {
    return (await run()) ?? true;
  } catch {
    toast(t('sandbox.refused'));
    return null;
  }
}

async function refresh() {
  const turn = ++asked;
  const next = await get('/sandbox/state');
  const line = next.chats.find((chat) => chat.id === open);
  const path = line && `/sandbox/chat?id=${open}&language=${encodeURIComponent(line.language || settings.language)}`;
  const nextTalk = path ? await get(path) : null;
  if (turn !== asked) return;
  state = next;
  talk = nextTalk;
  settings.zone = state.zone;
  settings.bot = state.bot.username;
  show();
}

const current = () => state.chats.find((chat) => chat.id === open);

function show() {
  const now = new Date(state.now);
  $('clock').textContent = `${clockDay(now)}, ${timeOf(now)}`;
  $('clock').dateTime = state.now;
  $('zone').textContent = state.zone;
  const chat = current();
  if (!document.hidden) markSeen(chat);
  showPeople(state, open, choose);
  document.body.classList.toggle('in-talk', Boolean(chat));
  $('talk').hidden = !chat;
  $('choose').hidden = Boolean(chat);
  if (chat && talk) showOpen(chat, now);
}

function showOpen(chat, now) {
  $('name').textContent = chat.name;
  $('about').textContent = about(chat);
  dressAvatar($('avatar'), chat);
  showWriters();
  showTalk(talk, writer(), now, acts, arrived);
  const person = talk.kind === 'private';
  $('more').hidden = !person || chat.gone;
  $('block').textContent = t(chat.blocked ? 'sandbox.unblock' : 'sandbox.block');
  const silent = person && (chat.blocked || !chat.started);
  $('gone').hidden = !chat.gone;
  $('start').hidden = !silent || chat.gone;
  $('start').textContent = t(chat.blocked ? 'sandbox.unblock' : 'sandbox.start');
  $('composer').hidden = Boolean(silent || chat.gone);
  useChat(talk);
}

function showWriters() {
  const known = [...$('writer').options].map((option) => option.value).join();
  const channel = talk.kind === 'channel';
  $('writer-row').hidden = talk.kind === 'private' || !talk.writers.length;
  $('writer-word').textContent = t(channel ? 'sandbox.post_as' : 'sandbox.write_as');
  if (known === talk.writers.map((one) => one.id).join()) return;
  $('writer').replaceChildren(...talk.writers.map((one) => new Option(one.name, one.id)));
}

const writer = () => (talk.kind === 'private' ? talk.id : Number($('writer').value) || null);

function choose(id) {
  if (id === open) return;
  open = id;
  talk = null;
  arrived = current() ? unread(current()) : 0;
  showMenu(false);
  const url = new URL(location.href);
  if (id === null) url.searchParams.delete('chat'); else url.searchParams.set('chat', id);
  history.replaceState(null, '', url);
  attempt(refresh).then(() => { if (id !== null && matchMedia('(min-width: 760px)').matches) $('text').focus(); });
}

async function say(words, replyTo) {
  const channel = talk.kind === 'channel';
  const body = { chat: talk.id, as: writer(), text: words, reply_to: replyTo };
  const done = await attempt(() => send(channel ? '/sandbox/post' : '/sandbox/say', body));
  if (done) { await attempt(refresh); scrollDown(); }
  return done;
}

async function attach(file, caption, replyTo) {
  const [, data] = (await dataUrl(file)).split(',', 2);
  const body = { as: writer(), name: file.name, mime: file.type, data, text: caption, reply_to: replyTo };
  const done = await attempt(() => send('/sandbox/attach', body));
  if (done) { await attempt(refresh); scrollDown(); }
  return done;
}

const dataUrl = (file) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.addEventListener('load', () => resolve(reader.result));
  reader.addEventListener('error', reject);
  reader.readAsDataURL(file);
});

async function press(button, message, data) {
  button.disabled = true;
  button.setAttribute('aria-busy', 'true');
  const body = { chat: talk.id, as: writer(), message_id: message.message_id, data };
  const reply = await attempt(() => send('/sandbox/press', body));
  button.disabled = false;
  button.removeAttribute('aria-busy');
  if (!reply) return;
  if (!reply.answer) toast(t('sandbox.late'));
  else if (reply.answer.show_alert) alertBox(reply.answer.text);
  else if (reply.answer.text) toast(reply.answer.text);
}

const acts = {
  press,
  reply: (message) => answer(message),
  command: (words) => say(words, null),
  start: (parameter) => say(`/start ${parameter}`.trim(), null),
};

function toast(text) {
  const node = make('p', 'toast', text);
  $('toasts').append(node);
  setTimeout(() => node.remove(), 5000);
}

function alertBox(text) {
  $('alert-text').textContent = text;
  $('alert').showModal();
}

async function jump(event) {
  const name = event.target.closest('[data-jump]')?.dataset.jump;
  if (!name) return;
  const buttons = [...document.querySelectorAll('[data-jump]')];
  buttons.forEach((button) => { button.disabled = true; });
  event.target.setAttribute('aria-busy', 'true');
  await attempt(() => send('/sandbox/jump', { to: name }));
  await attempt(refresh);
  event.target.removeAttribute('aria-busy');
  buttons.forEach((button) => { button.disabled = false; });
  event.target.focus();
}

async function block() {
  showMenu(false);
  await attempt(() => send('/sandbox/block', { id: open, blocked: !current().blocked }));
  await attempt(refresh);
}

async function useLanguage(language) {
  await loadWords(language);
  $('language').value = language;
  forget();
}

function pickLanguage() {
  const wanted = [query.get('lang'), memory.get('language'), ...navigator.languages.map((one) => one.slice(0, 2))];
  return wanted.find((one) => LANGUAGES.includes(one)) ?? 'en';
}

function showMenu(visible) {
  $('menu').hidden = !visible;
  $('more').setAttribute('aria-expanded', String(visible));
}

function wire() {
  startComposer(say, attach);
  document.querySelector('.jumps').addEventListener('click', jump);
  $('search').addEventListener('input', () => showPeople(state, open, choose));
  $('writer').addEventListener('change', () => { forget(); show(); });
  $('back').addEventListener('click', () => choose(null));
  $('block').addEventListener('click', block);
  $('start').addEventListener('click', () => (current().blocked ? block() : say(`/start ${current().start ?? ''}`.trim(), null)));
  $('language').addEventListener('change', async (event) => {
    memory.set('language', event.target.value);
    await useLanguage(event.target.value);
    await attempt(refresh);
  });
  $('more').addEventListener('click', () => showMenu($('menu').hidden));
  document.addEventListener('click', (event) => {
    if (!event.target.closest('#menu, #more')) showMenu(false);
  });
  $('talk').addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || $('menu').hidden) return;
    showMenu(false);
    $('more').focus();
  });
  document.addEventListener('visibilitychange', () => { if (!document.hidden) show(); });
}

const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

async function watch() {
  for (;;) {
    try {
      await get(`/sandbox/events?version=${state.version}`);
      await refresh();
      $('offline').hidden = true;
    } catch {
      $('offline').hidden = false;
      await pause(1500);
    }
  }
}

async function begin() {
  if (query.get('theme')) document.documentElement.dataset.theme = query.get('theme');
  await useLanguage(pickLanguage());
  wire();
  await attempt(refresh);
  const asked = Number(query.get('chat'));
  const wide = matchMedia('(min-width: 760px)').matches;
  const first = state.chats.find((chat) => chat.id === asked) ?? (wide ? state.chats.find((chat) => chat.featured) : null);
  if (first) choose(first.id);
  if (query.get('watch') !== 'no') await watch();
}

begin();
