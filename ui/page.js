// Runs once for each of the page's HTML parts: clicks on [data-act] become Gradio events.
const EVENTS = ['feedback', 'say', 'fresh', 'remove', 'undo', 'forget'];
const page = document.documentElement;

function togglePanel(open) {
  const show = open ?? page.dataset.panel !== 'open';
  page.dataset.panel = show ? 'open' : '';
  document.querySelectorAll('[data-act="panel"][aria-controls]').forEach((button) => {
    button.setAttribute('aria-expanded', String(show));
    if (!show) button.focus();
  });
  if (show) document.querySelector('#panel .close')?.focus();
}

// the state of a card changes at once; the server's answer then confirms it
function showReaction(button) {
  const card = button.closest('.card');
  card.dataset.state = button.dataset.kind;
  for (const other of card.querySelectorAll('.act')) {
    other.setAttribute('aria-pressed', String(other === button));
  }
}

element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-act]');
  if (!button || !element.contains(button)) return;
  const data = { ...button.dataset };
  if (data.act === 'panel') togglePanel();
  if (!EVENTS.includes(data.act)) return;
  if (data.sure && !window.confirm(data.sure)) return;
  if (data.act === 'feedback') showReaction(button);
  if (data.act === 'fresh') window.scrollTo({ top: 0 });
  trigger(data.act, data);
});

// a picture that cannot be loaded gives way to the poster under it, also after an update
const broken = (window.sommelierBroken ??= new Set());
function hideBroken() {
  for (const image of element.querySelectorAll('img')) image.hidden = broken.has(image.src);
}
element.addEventListener('error', (event) => {
  if (event.target.tagName !== 'IMG') return;
  broken.add(event.target.src);
  hideBroken();
}, true);
watch('value', hideBroken);

// screen readers hear answers and news as they come
if (element.closest('#live')) element.setAttribute('role', 'log');
if (element.closest('#notice')) element.setAttribute('role', 'status');

// a new turn begins at the top of the view; after that nothing moves under the reader's eyes
let shown = false;
watch('value', () => {
  if (!element.closest('#live')) return;
  const turn = element.querySelector('.turn');
  if (turn && !shown) {
    const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    turn.scrollIntoView({ block: 'start', behavior: calm ? 'auto' : 'smooth' });
  }
  shown = Boolean(turn);
});

if (!page.dataset.ready) {
  page.dataset.ready = 'yes';
  page.lang = navigator.language || 'en';
  document.addEventListener('keydown', (event) => {
    // Enter that ends the composing of a Chinese or Japanese word must not send the message
    if (event.key === 'Enter' && (event.isComposing || event.keyCode === 229)) {
      event.stopImmediatePropagation();
    }
    if (event.key === 'Escape' && page.dataset.panel === 'open') togglePanel(false);
  }, true);
}
