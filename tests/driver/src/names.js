// Roles and accessible names, as far as the app uses them. The full rules are WAI-ARIA's "Accessible Name and Description
// Computation"; this keeps their order: labelledby, label, the element's own labels, content, title, placeholder.
const INPUT_ROLES = { button: 'button', submit: 'button', checkbox: 'checkbox', radio: 'radio', range: 'slider', search: 'searchbox' };
const TAG_ROLES = {
  A: 'link', ARTICLE: 'article', ASIDE: 'complementary', BUTTON: 'button', DIALOG: 'dialog', FORM: 'form', IMG: 'img', LI: 'listitem',
  H1: 'heading', H2: 'heading', H3: 'heading', MAIN: 'main', MENU: 'list', NAV: 'navigation', OL: 'list', OUTPUT: 'status',
  SELECT: 'combobox', TEXTAREA: 'textbox', UL: 'list',
};
const roleOf = (it) => {
  const given = it.getAttribute('role');
  if (given) return given.trim().split(/\s+/)[0];
  if (it.tagName === 'INPUT') return INPUT_ROLES[it.type] ?? 'textbox';
  if (it.isContentEditable && it.hasAttribute('contenteditable')) return 'textbox';
  return TAG_ROLES[it.tagName] ?? '';
};
// A search box is a text box too, a list of options a list.
const FAMILY = { searchbox: 'textbox', combobox: 'textbox', listbox: 'list', option: 'listitem' };
const hasRole = (it, role) => {
  const own = roleOf(it);
  return own === role || (FAMILY[own] === role && !(own === 'combobox' && it.tagName === 'SELECT'));
};
const isShown = (it) => !it.closest('[aria-hidden="true"], [inert]') && it.checkVisibility({ visibilityProperty: true });
const tidy = (text) => text.replace(/\s+/g, ' ').trim();
const content = (it) => {
  let text = '';
  for (const child of it.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) text += child.data;
    else if (child.nodeType === Node.ELEMENT_NODE && child.getAttribute('aria-hidden') !== 'true' && child.checkVisibility()) {
      const inner = child.getAttribute('aria-label') ?? (child.tagName === 'IMG' ? child.alt : content(child));
      text += getComputedStyle(child).display.startsWith('inline') ? inner : ` ${inner} `;
    }
  }
  return text;
};
const FROM_CONTENT = ['button', 'link', 'listitem', 'option', 'heading', 'tab', 'menuitem', 'radio', 'checkbox', 'switch'];
const nameOf = (it) => {
  const ids = it.getAttribute('aria-labelledby');
  if (ids) {
    const parts = ids.split(/\s+/).map((id) => document.getElementById(id)).filter(Boolean);
    if (parts.length) return tidy(parts.map((part) => part.getAttribute('aria-label') ?? content(part)).join(' '));
  }
  const label = it.getAttribute('aria-label');
  if (label) return tidy(label);
  if (it.labels?.length) return tidy([...it.labels].map(content).join(' '));
  if (it.tagName === 'IMG' && it.alt) return tidy(it.alt);
  if (FROM_CONTENT.includes(roleOf(it))) {
    // An item that is only the frame of its one button or link is named by that.
    const inner = roleOf(it) === 'listitem' ? it.querySelector('button[aria-label], a[aria-label]') : null;
    const text = tidy(inner?.getAttribute('aria-label') ?? content(it));
    if (text) return text;
  }
  return tidy(it.getAttribute('title') ?? it.getAttribute('placeholder') ?? '');
};
const namesMatch = (name, wanted) =>
  wanted === null || wanted === undefined || (wanted.endsWith('…') ? name.startsWith(wanted.slice(0, -1)) : name === wanted);
const find = (steps) => {
  let scopes = [document];
  for (const { role, name } of steps) {
    const found = new Set();
    for (const scope of scopes)
      for (const it of scope.querySelectorAll('*'))
        if (hasRole(it, role) && isShown(it) && namesMatch(nameOf(it), name)) found.add(it);
    scopes = [...found];
  }
  return scopes.map((it) => ({ element: it, name: nameOf(it), text: it.innerText ?? '', disabled: it.disabled === true }));
};
const describe = (it) => `${roleOf(it) || it.tagName.toLowerCase()} ${JSON.stringify(nameOf(it))}`;
const outline = () =>
  [...document.querySelectorAll('*')]
    .filter((it) => roleOf(it) && isShown(it))
    .slice(0, 200)
    .map((it) => `${describe(it)}  ${tidy(it.innerText ?? '').slice(0, 80)}`)
    .join('\n');
