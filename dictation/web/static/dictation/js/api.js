// Requests to our own server. A page that was signed out meanwhile stays as it is: the lock asks for the password.

const meta = document.querySelector('meta[name="csrf"]');

/** Headers of every request. `polling` asks without counting as somebody being there. */
function headers({ polling = false } = {}) {
  const all = { Accept: "application/json", "X-CSRFToken": meta.content };
  if (polling) all["X-Polling"] = "1";
  return all;
}

/** After signing in again: forms and requests use the new token. */
export function renewToken(token) {
  meta.content = token;
  for (const field of document.querySelectorAll('input[name="csrfmiddlewaretoken"]')) field.value = token;
}

/** POST a form's data; the Response, whatever its status. Throws TypeError when the network is away. */
export function post(url, data) {
  return fetch(url, { method: "POST", body: data, headers: headers(), credentials: "same-origin" });
}

/** GET as a background question. */
export function ask(url, options = {}) {
  return fetch(url, { headers: headers(options), credentials: "same-origin", cache: "no-store" });
}

/** GET a fragment of a page, as text. */
export function fragment(url) {
  return fetch(url, { headers: { Accept: "text/html", "X-Polling": "1" }, credentials: "same-origin", cache: "no-store" });
}
