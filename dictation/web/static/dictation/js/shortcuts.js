// What a key is called: "F4", "Ctrl+Shift+l", "Alt+ArrowDown", as dictation/shortcuts.py writes it.

const ALONE = new Set(["Control", "Alt", "Shift", "Meta", "AltGraph", "OS"]);

/** The name of the key that went down; "" while only Ctrl, Alt or Maj is held. */
export function named(event) {
  if (ALONE.has(event.key)) return "";
  const base = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key; // with Caps Lock too
  return `${event.metaKey ? "Meta+" : ""}${event.ctrlKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${event.shiftKey ? "Shift+" : ""}${base}`;
}
