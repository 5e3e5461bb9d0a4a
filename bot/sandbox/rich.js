// A text with entities as DOM nodes. Content never becomes markup: only text nodes and known elements.

import { make, settings } from './words.js';

const TAGS = {
  bold: 'b', italic: 'i', underline: 'u', strikethrough: 's', code: 'code', pre: 'pre',
  blockquote: 'blockquote', expandable_blockquote: 'blockquote', mention: 'b', text_mention: 'b',
};

export function richText(text, entities, act) {
  const ordered = [...(entities ?? [])].sort((a, b) => a.offset - b.offset || b.length - a.length);
  const root = document.createDocumentFragment();
  fill(root, text, 0, text.length, ordered, act);
  return root;
}

// Entities are offsets in UTF-16 units, which is how JavaScript counts too.
function fill(parent, text, from, to, entities, act) {
  let at = from;
  let index = 0;
  while (index < entities.length) {
    const entity = entities[index];
    const end = Math.min(to, entity.offset + entity.length);
    index += 1;
    if (entity.offset < at) continue;
    const inside = [];
    while (index < entities.length && entities[index].offset < end) inside.push(entities[index++]);
    parent.append(text.slice(at, entity.offset));
    const node = element(entity, text.slice(entity.offset, end), act);
    fill(node, text, entity.offset, end, inside, act);
    parent.append(node);
    at = end;
    // A block ends its line by itself: the line break after it would leave an empty line.
    const block = ['PRE', 'BLOCKQUOTE'].includes(node.tagName);
    if (block && text[at] === '\n' && at < to && entities[index]?.offset !== at) at += 1;
  }
  parent.append(text.slice(at, to));
}

function element(entity, words, act) {
  if (entity.type === 'url' || entity.type === 'text_link') return link(entity.url ?? words, act);
  if (entity.type === 'bot_command') return pressable('command', () => act.command(words));
  if (entity.type === 'spoiler') return spoiler();
  const node = make(TAGS[entity.type] ?? 'span');
  if (entity.type === 'expandable_blockquote') expandable(node);
  return node;
}

function expandable(node) {
  node.className = 'expandable';
  node.tabIndex = 0;
  node.setAttribute('role', 'button');
  node.setAttribute('aria-expanded', 'false');
  onPress(node, () => node.setAttribute('aria-expanded', String(node.getAttribute('aria-expanded') !== 'true')));
}

function spoiler() {
  const node = pressable('spoiler', () => node.setAttribute('aria-pressed', 'true'));
  node.setAttribute('aria-pressed', 'false');
  return node;
}

// A span, not a button: it must break over lines like the text around it.
function pressable(className, run) {
  const node = make('span', className);
  node.tabIndex = 0;
  node.setAttribute('role', 'button');
  onPress(node, run);
  return node;
}

function onPress(node, run) {
  node.addEventListener('click', run);
  node.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    run();
  });
}

// The parameter of a t.me link to our own bot, or null for every other address.
export function startParameter(address) {
  let url;
  try { url = new URL(address); } catch { return null; }
  const bot = settings.bot.toLowerCase();
  const web = ['t.me', 'telegram.me'].includes(url.hostname) && url.pathname.slice(1).toLowerCase() === bot;
  const app = url.protocol === 'tg:' && url.searchParams.get('domain')?.toLowerCase() === bot;
  return web || app ? url.searchParams.get('start') ?? '' : null;
}

export function link(address, act) {
  const node = make('a');
  const start = startParameter(address);
  if (start !== null) {
    node.href = '#';
    node.addEventListener('click', (event) => { event.preventDefault(); act.start(start); });
  } else if (/^(https?|mailto|tg):/i.test(address)) {
    node.href = address;
    node.target = '_blank';
    node.rel = 'noopener noreferrer';
  }
  return node;
}
