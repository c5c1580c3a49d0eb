// What a key is called: "F4", "Ctrl+Shift+l", "Alt+ArrowDown", as dictation/shortcuts.py writes it.

const ALONE = new Set(["Control", "Alt", "Shift", "Meta", "AltGraph", "OS"]);
const HELD = [["metaKey", "Meta"], ["ctrlKey", "Ctrl"], ["altKey", "Alt"], ["shiftKey", "Shift"]];

/** The name of the key that went down; "" while only Ctrl, Alt or Maj is held. */
export function named(event) {
  const { key } = event;
  if (ALONE.has(key)) return "";
  const held = HELD.filter(([which]) => event[which]).map(([, name]) => name);
  const base = key === " " ? "Space" : key.length === 1 ? key.toLowerCase() : key; // with Caps Lock too
  return [...held, base].join("+");
}
