// The words of the page in the reader's language; there are none in the code.

let words = {};
export const settings = { language: 'en', zone: 'UTC', bot: '' };

export async function loadWords(language) {
  const answer = await fetch(`/sandbox/words?lang=${encodeURIComponent(language)}`);
  words = await answer.json();
  settings.language = language;
  document.documentElement.lang = language;
  document.title = t('sandbox.title');
  for (const node of document.querySelectorAll('[data-word]')) node.textContent = t(node.dataset.word);
  for (const node of document.querySelectorAll('[data-placeholder]')) node.placeholder = t(node.dataset.placeholder);
  for (const node of document.querySelectorAll('[data-label]')) {
    node.setAttribute('aria-label', t(node.dataset.label));
    if (node.tagName === 'BUTTON') node.title = t(node.dataset.label);
  }
}

export function t(key, values = {}) {
  return Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), words[key] ?? key);
}

function format(date, options) {
  return new Intl.DateTimeFormat(settings.language, { timeZone: settings.zone, ...options }).format(date);
}

export const timeOf = (date) => format(date, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
export const dayOf = (date) => format(date, { weekday: 'long', day: 'numeric', month: 'long' });
export const shortDay = (date) => format(date, { day: 'numeric', month: 'numeric' });
export const clockDay = (date) => format(date, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });

// A day as YYYY-MM-DD in the sandbox zone, for comparing.
export const dayKey = (date) =>
  new Intl.DateTimeFormat('en-CA', { timeZone: settings.zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(date);

export function sizeOf(bytes) {
  const small = bytes < 1024 * 1024;
  const amount = bytes / (small ? 1024 : 1024 * 1024);
  const unit = small ? 'kilobyte' : 'megabyte';
  return new Intl.NumberFormat(settings.language, { style: 'unit', unit, maximumFractionDigits: 1 }).format(amount);
}

// Words somebody may remember between visits, where the browser allows it.
export const memory = {
  get(name) { try { return localStorage.getItem(name); } catch { return null; } },
  set(name, value) { try { localStorage.setItem(name, value); } catch { /* private window: forget */ } },
};

export function make(tag, className = '', text = undefined) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}
