// Elements made of text: no string is ever read as HTML. A view makes all of its elements anew, and `show` changes only what differs.

/** `h('p.faint.end', { title }, text, …)`; without attributes the children come at once. */
const maker = (space) => (form, ...children) => {
  const [name, ...classes] = form.split('.');
  const element = document.createElementNS(space, name);
  const given = children[0]?.constructor === Object ? children.shift() : {};
  element.given = classes.length ? { class: classes.join(' '), ...given } : given;
  for (const [key, value] of Object.entries(element.given)) give(element, key, value);
  return add(element, children);
};

/** One by one: a call takes no more than some ten thousand arguments. */
function add(parent, ...children) {
  for (const child of nodes(children)) parent.append(child);
  return parent;
}

function give(element, key, value) {
  if (key.startsWith('on') || key === 'key') element[key] = value;
  else if (value == null || value === false) element.removeAttribute(key);
  else element.setAttribute(key, value === true ? '' : value);
}

export const h = maker('http://www.w3.org/1999/xhtml');
export const s = maker('http://www.w3.org/2000/svg');

/** An element whose children are made only where one of `inputs` is another than before. */
export function kept(form, key, inputs, make) {
  return Object.assign(h(form, { key }), { inputs, make });
}

/** Make what is still to be made in an element that is to be seen for the first time. */
function fill(fresh) {
  if (fresh.make) add(fresh, fresh.make());
  for (const child of fresh.children ?? []) fill(child);
  return fresh;
}

const nodes = (children) => children.flat(9).filter((child) => child != null && child !== false && child !== '');

/** Make the children of `parent` equal to those given. A child with a `key` stays the same element wherever it moves. */
export function show(parent, ...children) {
  const wanted = nodes(children).map((child) => (child instanceof Node ? child : new Text(child)));
  const keys = new Set(wanted.map(({ key }) => key));
  const keyed = new Map();
  for (const node of [...parent.childNodes]) {
    // What is gone goes first: those behind it would be moved past it, and lose the focus.
    if (node.key != null && !keys.has(node.key)) node.remove();
    else if (node.key != null) keyed.set(node.key, node);
  }
  let old = parent.firstChild;
  for (const fresh of wanted) {
    const same = fresh.key == null ? (old?.key == null ? old : null) : keyed.get(fresh.key);
    if (same?.nodeName !== fresh.nodeName) {
      parent.insertBefore(fill(fresh), old);
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
  for (const key of Object.keys({ ...old.given, ...fresh.given })) {
    if (old.given[key] !== fresh.given[key]) give(old, key, fresh.given[key]);
  }
  old.given = fresh.given;
  if (fresh.make) {
    if (fresh.inputs.every((input, index) => input === old.inputs[index])) return;
    old.inputs = fresh.inputs;
    add(fresh, fresh.make());
  }
  show(old, [...fresh.childNodes]);
  // What somebody is typing is theirs.
  const isTyped = old === document.activeElement && old.localName !== 'select';
  if ('value' in old && !isTyped && old.value !== fresh.value) old.value = fresh.value;
}
