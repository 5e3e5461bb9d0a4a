// The conversation: bubbles, buttons under them, day lines. Bubbles that did not change stay as they are.

import { link, richText } from './rich.js';
import { dayKey, dayOf, make, sizeOf, t, timeOf } from './words.js';

const box = document.getElementById('messages');
const down = document.getElementById('down');
const TALLEST = 620; // pixels of a picture
let shownChat = null;
let shown = new Map();

const atBottom = () => box.scrollHeight - box.scrollTop - box.clientHeight < 80;

export function scrollDown() {
  box.scrollTop = box.scrollHeight;
}

box.addEventListener('scroll', () => { down.hidden = atBottom(); }, { passive: true });
box.addEventListener('load', () => { if (down.hidden) scrollDown(); }, true);
down.addEventListener('click', scrollDown);
// The input grows and shrinks: whoever reads the newest message keeps reading it.
new ResizeObserver(() => { if (down.hidden) scrollDown(); }).observe(box);

export function forget() {
  shown = new Map();
}

export function showTalk(chat, me, now, act, arrived) {
  const fresh = shownChat !== chat.id;
  const stay = fresh || down.hidden;
  if (fresh) forget();
  // A whole conversation that is opened must not be read aloud, only what comes later.
  box.setAttribute('aria-live', fresh ? 'off' : 'polite');
  shownChat = chat.id;
  const next = new Map();
  for (const [key, value, build] of parts(chat, me, now, act)) {
    const signature = JSON.stringify(value);
    const old = shown.get(key);
    next.set(key, old?.signature === signature ? old : { signature, node: build() });
  }
  place([...next.values()].map((part) => part.node));
  const news = chat.kind === 'channel' ? firstNews(chat, fresh ? arrived : 0, next) : null;
  shown = next;
  if (stay && news) news.scrollIntoView({ block: 'start' });
  else if (stay) scrollDown();
  down.hidden = atBottom();
}

// A post that is longer than the window is read from its beginning.
function firstNews(chat, arrived, next) {
  const waiting = arrived ? chat.messages.filter((message) => message.own).slice(-arrived) : [];
  const fresh = shown.size ? chat.messages.filter((message) => !shown.has(message.message_id)) : [];
  const first = [...waiting, ...fresh].at(0);
  return first ? next.get(first.message_id).node : null;
}

function* parts(chat, me, now, act) {
  let day = null;
  let before = null;
  if (!chat.messages.length) yield ['empty', t('sandbox.empty'), () => make('p', 'empty', t('sandbox.empty'))];
  for (const message of chat.messages) {
    const date = new Date(message.date * 1000);
    if (dayKey(date) !== day) {
      day = dayKey(date);
      before = null;
      const words = dayWords(date, now);
      yield [`day ${day}`, words, () => make('p', 'day', words)];
    }
    const author = message.own ? 'bot' : message.sender_chat?.id ?? message.from?.id;
    const first = author !== before;
    before = author;
    const place = { first, mine: !message.own && (chat.kind === 'private' || message.from?.id === me) };
    yield [message.message_id, [message, place], () => bubble(message, chat, place, act)];
  }
}

function dayWords(date, now) {
  if (dayKey(date) === dayKey(now)) return t('sandbox.today');
  if (dayKey(date) === dayKey(new Date(now - 86_400_000))) return t('sandbox.yesterday');
  return dayOf(date);
}

function place(nodes) {
  const focused = document.activeElement?.closest?.('.message')?.id;
  const wanted = new Set(nodes);
  for (const node of [...box.children]) if (!wanted.has(node)) node.remove();
  nodes.forEach((node, index) => {
    if (box.children[index] !== node) box.insertBefore(node, box.children[index] ?? null);
  });
  // The button that had the focus may be gone with its bubble: stay in the conversation.
  if (focused && !document.activeElement?.closest?.('.message')) box.focus({ preventScroll: true });
}

function bubble(message, chat, { first, mine }, act) {
  const service = serviceWords(message);
  if (service) return make('p', 'day', service);
  const row = make('article', `message ${mine ? 'mine' : 'theirs'}${first ? ' first' : ''}`);
  row.id = `message-${message.message_id}`;
  const inside = make('div', 'bubble');
  if (first && !mine && chat.kind !== 'private') inside.append(make('b', 'author', authorOf(message)));
  if (message.reply_to_message) inside.append(quote(message.reply_to_message));
  if (message.photo) inside.append(photo(message.photo.at(-1)));
  if (message.document ?? message.video) inside.append(file(message.document ?? message.video));
  inside.append(words(message, act), meta(message));
  const column = make('div', 'column');
  column.append(inside);
  if (message.reply_markup?.inline_keyboard) column.append(keyboard(message, act));
  row.append(column, replyButton(message, act));
  return row;
}

function serviceWords(message) {
  if (message.new_chat_members) return t('sandbox.joined', { name: message.new_chat_members[0].first_name });
  return message.migrate_to_chat_id || message.migrate_from_chat_id ? t('sandbox.moved') : '';
}

export const authorOf = (message) => message.sender_chat && message.from?.id !== 1087968824
  ? message.sender_chat.title
  : [message.from?.first_name, message.from?.last_name].filter(Boolean).join(' ');

export const gist = (message) =>
  message.text ?? message.caption ?? message.document?.file_name ?? message.video?.file_name ?? t('sandbox.photo');

function quote(original) {
  const node = make('button', 'quote');
  node.type = 'button';
  node.append(make('b', '', authorOf(original)), make('span', '', gist(original).slice(0, 140)));
  node.addEventListener('click', () => {
    const target = document.getElementById(`message-${original.message_id}`);
    target?.scrollIntoView({ block: 'center' });
    target?.classList.add('found');
    target?.addEventListener('animationend', () => target.classList.remove('found'), { once: true });
  });
  return node;
}

function words(message, act) {
  const node = make('div', 'words');
  node.append(richText(message.text ?? message.caption ?? '', message.entities ?? message.caption_entities, act));
  return node;
}

function meta(message) {
  const node = make('span', 'meta');
  if (message.edit_date) node.append(make('span', '', `(${t('sandbox.edited')}) `));
  const time = make('time', '', timeOf(new Date(message.date * 1000)));
  time.dateTime = new Date(message.date * 1000).toISOString();
  node.append(time);
  return node;
}

function photo(size) {
  const picture = make('img');
  picture.src = `/sandbox/file?id=${encodeURIComponent(size.file_id)}`;
  picture.alt = t('sandbox.photo');
  // The room is kept before the picture is there: nothing moves under the reader's eyes.
  const share = Math.min(1, TALLEST / size.height);
  picture.style.width = `${Math.round(size.width * share)}px`;
  picture.style.aspectRatio = `${size.width} / ${size.height}`;
  // A press opens it in its full size, as in a chat program.
  const node = make('a', 'photo');
  node.href = picture.src;
  node.target = '_blank';
  node.append(picture);
  return node;
}

function file(document) {
  const node = make('a', 'file');
  node.href = `/sandbox/file?id=${encodeURIComponent(document.file_id)}`;
  node.download = document.file_name;
  const ending = document.file_name.split('.').at(-1).slice(0, 4).toUpperCase();
  const lines = make('span', 'file-words');
  lines.append(make('b', '', document.file_name), make('span', '', sizeOf(document.file_size)));
  node.append(make('span', 'file-kind', ending), lines);
  return node;
}

function replyButton(message, act) {
  const node = make('button', 'icon reply', '↩');
  node.type = 'button';
  node.title = t('sandbox.reply');
  node.setAttribute('aria-label', t('sandbox.reply'));
  node.addEventListener('click', () => act.reply(message));
  return node;
}

function keyboard(message, act) {
  const node = make('div', 'keyboard');
  for (const buttons of message.reply_markup.inline_keyboard) {
    const row = make('div', 'keys');
    row.append(...buttons.map((button) => key(button, message, act)));
    node.append(row);
  }
  return node;
}

function key(button, message, act) {
  if (button.url) {
    const node = link(button.url, act);
    node.className = 'key away';
    node.textContent = button.text;
    return node;
  }
  const node = make('button', 'key', button.text);
  node.type = 'button';
  node.disabled = !button.callback_data;
  node.addEventListener('click', () => act.press(node, message, button.callback_data));
  return node;
}
