// The input: growing lines, command menu, answering a message.

import { authorOf, gist } from './talk.js';
import { make, t } from './words.js';

const $ = (id) => document.getElementById(id);
const text = $('text');
const menu = $('commands');
const drafts = new Map();
let send = () => {};
let sendFile = () => {};
let commands = [];
let chosen = 0;
let reply = null;
let chatId = null;
let prompted = null;

export function startComposer(onSend, onFile) {
  send = onSend;
  sendFile = onFile;
  $('attach').addEventListener('click', () => $('file').click());
  $('file').addEventListener('change', attach);
  $('composer').addEventListener('submit', (event) => { event.preventDefault(); submit(); });
  text.addEventListener('input', () => { grow(); chosen = 0; showMenu(); });
  text.addEventListener('keydown', onKey);
  text.addEventListener('blur', hideMenu);
  $('cancel').addEventListener('click', () => { answer(null); text.focus(); });
  $('slash').addEventListener('mousedown', (event) => event.preventDefault());
  $('slash').addEventListener('click', toggleMenu);
}

// Another chat has other commands and its own unfinished words.
export function useChat(chat) {
  if (chat.id !== chatId) {
    if (chatId !== null) drafts.set(chatId, text.value);
    chatId = chat.id;
    text.value = drafts.get(chatId) ?? '';
    answer(null);
    hideMenu();
    grow();
  }
  commands = chat.commands;
  $('slash').hidden = !commands.length;
  $('attach').hidden = chat.kind !== 'private';
  followPrompt(chat);
  if (!menu.hidden) showMenu();
}

// A message that asks for an answer puts the input into answering, once.
function followPrompt(chat) {
  const last = chat.messages.at(-1);
  const prompt = last && chat.prompts[last.message_id];
  if (!prompt?.force_reply || prompted === `${chat.id} ${last.message_id}`) return;
  prompted = `${chat.id} ${last.message_id}`;
  answer(last, prompt.input_field_placeholder);
}

export function answer(message, placeholder = '') {
  reply = message;
  $('replying').hidden = !message;
  text.placeholder = placeholder || t('sandbox.message');
  if (!message) return;
  $('replying-to').textContent = t('sandbox.reply_to', { name: authorOf(message) });
  $('replying-text').textContent = gist(message).slice(0, 140);
  text.focus();
}

async function submit(words = text.value) {
  hideMenu();
  if (!words.trim()) return;
  const kept = [text.value, reply];
  text.value = '';
  const to = reply?.message_id ?? null;
  answer(null);
  grow();
  // Words that did not get through come back, so nobody types them twice.
  if (!(await send(words, to)) && !text.value) {
    text.value = kept[0];
    answer(kept[1]);
    grow();
  }
}

// The words in the field become the caption; they come back when the file did not get through.
async function attach() {
  const file = $('file').files[0];
  $('file').value = '';
  if (!file) return;
  const kept = text.value;
  const to = reply?.message_id ?? null;
  text.value = '';
  answer(null);
  grow();
  if (!(await sendFile(file, kept, to)) && !text.value) text.value = kept;
  grow();
}

function grow() {
  text.style.height = 'auto';
  const borders = text.offsetHeight - text.clientHeight;
  text.style.height = `${Math.min(text.scrollHeight + borders, 160)}px`;
  text.style.overflowY = text.scrollHeight > 160 ? 'auto' : 'hidden';
}

function onKey(event) {
  if (event.isComposing) return;
  if (!menu.hidden && menuKey(event)) return;
  if (event.key === 'Escape' && reply) answer(null);
  if (event.key === 'Enter' && !event.shiftKey) {
    event.preventDefault();
    submit();
  }
}

function menuKey(event) {
  const found = matching();
  const keys = {
    ArrowDown: () => choose((chosen + 1) % found.length),
    ArrowUp: () => choose((chosen + found.length - 1) % found.length),
    Enter: () => take(found[chosen]),
    Tab: () => complete(found[chosen]),
    Escape: hideMenu,
  };
  const run = event.shiftKey ? undefined : keys[event.key];
  if (!run) return false;
  event.preventDefault();
  run();
  return true;
}

const matching = () => commands.filter((one) => one.command.startsWith(text.value.slice(1).toLowerCase()));

function toggleMenu() {
  const open = !menu.hidden;
  if (open && text.value === '/') text.value = '';
  if (open) return hideMenu();
  if (!text.value.startsWith('/')) text.value = '/';
  text.focus();
  chosen = 0;
  return showMenu();
}

function showMenu() {
  const found = /^\/\S*$/.test(text.value) ? matching() : [];
  if (!found.length) return hideMenu();
  menu.hidden = false;
  text.setAttribute('aria-expanded', 'true');
  menu.replaceChildren(...found.map((one, index) => option(one, index)));
  return choose(Math.min(chosen, found.length - 1));
}

function hideMenu() {
  menu.hidden = true;
  text.setAttribute('aria-expanded', 'false');
  text.removeAttribute('aria-activedescendant');
}

function option(one, index) {
  const node = make('div', 'command-line');
  node.id = `command-${index}`;
  node.setAttribute('role', 'option');
  node.append(make('b', '', `/${one.command}`), make('span', '', one.description));
  // mousedown, because the click would come after the input lost the focus and the menu closed
  node.addEventListener('mousedown', (event) => { event.preventDefault(); take(one); });
  return node;
}

function choose(index) {
  chosen = index;
  [...menu.children].forEach((node, at) => node.setAttribute('aria-selected', String(at === index)));
  menu.children[index].scrollIntoView({ block: 'nearest' });
  text.setAttribute('aria-activedescendant', `command-${index}`);
}

function take(one) {
  submit(`/${one.command}`);
}

function complete(one) {
  text.value = `/${one.command} `;
  hideMenu();
  grow();
}
