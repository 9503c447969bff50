//! An open page follows what is saved: it is loaded again, and of the reader's own lesson only the difference is drawn anew.
//!
//! Each save of a lesson changes the page that compares it with the solution. Loaded again, that page would forget what is
//! unfolded in it and where its reader stands, at the moment at which the checks say how it went.

use std::hash::{DefaultHasher, Hash, Hasher};

/// The address that a page asks for the revision.
pub(crate) const REVISION: &str = "/__revision";

/// Where a difference from the solution begins in a page, and where it ends.
const DIFFERENCE: (&str, &str) = ("<details class=\"thaw-diff\">", "</details>");

/// The name of the search's index, which has the differences as well; a page loads it when its reader searches.
const INDEX: (&str, &str) = ("searchindex-", ".js");

/// What a page with this text, and with what is `live` in it, does to follow.
///
/// The page carries its revision: were the first answer the baseline, a change before it would be missed.
pub(crate) fn script(revision: u64, page: &str, live: &str) -> String {
    let own = essence(page, live);
    format!(
        "<script>(() => {{
  const own = 'page {own:016x}';
  let shown = '{revision}';
  const ask = async () => {{
    if (document.hidden) return;
    const now = await fetch('{REVISION}').then((reply) => reply.text()).catch(() => shown);
    if (now === shown) return;
    const text = await fetch(location.pathname).then((reply) => reply.text()).catch(() => null);
    if (text === null || now === shown) return;
    shown = now;
    if (text.includes(own)) {{
      const fresh = new DOMParser().parseFromString(text, 'text/html').querySelectorAll('.thaw-diff code');
      document.querySelectorAll('.thaw-diff code').forEach((code, index) => code.replaceChildren(...fresh[index].childNodes));
      return;
    }}
    // A page in which a program was started says itself that it has changed: loading it again would end the program.
    if (document.querySelector('[data-keeps-page]')) document.dispatchEvent(new Event('thaw-changed'));
    else location.reload();
  }};
  setInterval(ask, 500);
  document.addEventListener('visibilitychange', ask);
}})();</script>"
    )
}

/// What tells a page from one for which it must be loaded again.
fn essence(page: &str, live: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (without(&without(page, DIFFERENCE), INDEX), live).hash(&mut hasher);
    hasher.finish()
}

/// A text without all that stands between two marks.
fn without(text: &str, (begin, end): (&str, &str)) -> String {
    let mut parts = text.split(begin);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |kept, part| kept + part.split_once(end).map_or(part, |(_, after)| after))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lesson that is saved is no reason to load its page again; whatever else changes is one.
    #[test]
    fn only_a_difference_may_change() {
        let page = |diff: &str, index: &str, rest: &str| {
            let diff = format!("<details class=\"thaw-diff\"><summary>s</summary>{diff}</details>");
            essence(&format!("<p>{diff}</p><script>load('searchindex-{index}.js')</script>{rest}"), "token")
        };
        let shown = page("one", "1f", "text");
        assert_eq!(shown, page("another", "2e", "text"));
        assert_ne!(shown, page("one", "1f", "another text"));
        assert_ne!(essence("", "token"), essence("", "another token"));
    }
}
