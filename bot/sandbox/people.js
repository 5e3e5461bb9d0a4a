// The list of chats on the left.

import { dayKey, make, shortDay, t, timeOf } from './words.js';

const list = document.getElementById('people');
const search = document.getElementById('search');
const seen = readSeen();

function readSeen() {
  try { return JSON.parse(sessionStorage.getItem('seen')) ?? {}; } catch { return {}; }
}

export function markSeen(chat) {
  if (!chat || seen[chat.id] === chat.own) return;
  seen[chat.id] = chat.own;
  try { sessionStorage.setItem('seen', JSON.stringify(seen)); } catch { /* counted anew after a reload */ }
}

// A restarted sandbox begins counting again, so what was seen can be more than there is.
export const unread = (chat) => Math.max(0, chat.own - Math.min(seen[chat.id] ?? 0, chat.own));

export const about = (chat) =>
  [chat.role && t(`sandbox.role.${chat.role}`), chat.unit].filter(Boolean).join(' · ');

const plain = (text) => text.toLowerCase().replaceAll('đ', 'd').normalize('NFD').replace(/\p{M}/gu, '');

export function dressAvatar(node, chat) {
  const words = chat.name.trim().split(/\s+/);
  const letters = chat.kind === 'person' ? [words[0], words.length > 1 ? words.at(-1) : ''] : [words[0]];
  node.textContent = letters.map((word) => [...word][0] ?? '').join('').toUpperCase();
  node.dataset.hue = Math.abs(chat.id) % 6;
  node.dataset.kind = chat.kind;
}

export function showPeople(state, open, choose) {
  const wanted = plain(search.value.trim());
  const found = state.chats.filter((chat) => plain(`${chat.name} ${about(chat)}`).includes(wanted));
  const focused = document.activeElement?.closest?.('.person')?.dataset.id;
  const top = list.scrollTop;
  const featured = found.filter((chat) => chat.featured);
  const rest = found.filter((chat) => !chat.featured);
  list.replaceChildren(
    ...group('sandbox.featured', featured, state, open, choose),
    ...group('sandbox.everybody', rest, state, open, choose),
    ...(found.length ? [] : [make('p', 'nobody', t('sandbox.nobody'))]),
  );
  list.scrollTop = top;
  if (focused) list.querySelector(`[data-id="${focused}"]`)?.focus();
}

function group(title, chats, state, open, choose) {
  if (!chats.length) return [];
  const rows = make('ul');
  rows.append(...chats.map((chat) => row(chat, state, open, choose)));
  return [make('h3', '', t(title)), rows];
}

function row(chat, state, open, choose) {
  const item = make('li');
  const button = make('button', 'person');
  button.type = 'button';
  button.dataset.id = chat.id;
  if (chat.id === open) button.setAttribute('aria-current', 'true');
  button.addEventListener('click', () => choose(chat.id));
  const avatar = make('span', 'avatar');
  avatar.setAttribute('aria-hidden', 'true');
  dressAvatar(avatar, chat);
  const middle = make('span', 'person-words');
  middle.append(make('span', 'person-name', chat.name), make('span', 'person-about', about(chat)));
  if (chat.last) middle.append(make('span', 'person-last', snippet(chat)));
  const side = make('span', 'person-side');
  if (chat.last) side.append(make('span', 'person-time', when(chat.last.date, state)));
  const count = unread(chat);
  if (count && chat.id !== open) {
    const badge = make('span', 'badge', String(count));
    badge.setAttribute('aria-label', t('sandbox.unread', { count }));
    side.append(badge);
  }
  button.append(avatar, middle, side);
  item.append(button);
  return item;
}

function snippet({ kind: chatKind, last }) {
  const kind = last.kind === 'text' ? '' : t(`sandbox.${last.kind}`);
  return [last.own || chatKind !== 'person' ? '' : t('sandbox.you'), [kind, last.text].filter(Boolean).join(' · ')].filter(Boolean).join(': ');
}

function when(seconds, state) {
  const date = new Date(seconds * 1000);
  return dayKey(date) === dayKey(new Date(state.now)) ? timeOf(date) : shortDay(date);
}
