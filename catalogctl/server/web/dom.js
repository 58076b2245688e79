// Elements made of text: no string is ever read as HTML. A view makes all of its elements anew, and `show` changes only what differs.

/** `h('p.faint.end', { title }, text, …)`; without attributes the children come at once. */
const maker = (space) => (form, ...children) => {
  const [name, ...classes] = form.split('.');
  const element = document.createElementNS(space, name);
  const attributes = children[0]?.constructor === Object ? children.shift() : {};
  if (classes.length) element.setAttribute('class', classes.join(' '));
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) (element.listeners ??= {})[key] = element[key] = value;
    else if (key === 'key' || key === 'checked') element[key] = value;
    else if (value != null && value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...nodes(children));
  return element;
};

export const h = maker('http://www.w3.org/1999/xhtml');
export const s = maker('http://www.w3.org/2000/svg');

const nodes = (children) => children.flat(9).filter((child) => child != null && child !== false && child !== '');

/** Make the children of `parent` equal to those given. A child with a `key` stays the same element wherever it moves. */
export function show(parent, ...children) {
  const keyed = new Map();
  for (const node of parent.childNodes) if (node.key != null) keyed.set(node.key, node);
  let old = parent.firstChild;
  for (const child of nodes(children)) {
    const fresh = child instanceof Node ? child : new Text(child);
    const same = fresh.key == null ? (old?.key == null ? old : null) : keyed.get(fresh.key);
    if (same?.nodeName !== fresh.nodeName) {
      parent.insertBefore(fresh, old);
      continue;
    }
    if (same === old) old = old.nextSibling;
    else parent.insertBefore(same, old);
    patch(same, fresh);
  }
  while (old) {
    const gone = old;
    old = old.nextSibling;
    gone.remove();
  }
}

function patch(old, fresh) {
  if (old instanceof Text) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const name of Object.keys({ ...old.listeners, ...fresh.listeners })) old[name] = fresh[name] ?? null;
  old.listeners = fresh.listeners;
  show(old, ...fresh.childNodes);
  // What somebody is typing is theirs.
  for (const name of ['value', 'checked']) {
    const isTyped = old === document.activeElement && old.localName !== 'select';
    if (name in old && !isTyped && old[name] !== fresh[name]) old[name] = fresh[name];
  }
}
