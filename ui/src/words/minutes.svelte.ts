/** The time as words about it need it: "yesterday" becomes true at midnight, also where nothing else changes. */
const MINUTE = 60_000;

/** The time now, milliseconds since 1970, told anew each minute while the component is there that asks. */
export function minutes(): { readonly now: number } {
  let now = $state(Date.now());
  $effect(() => {
    const timer = setInterval(() => (now = Date.now()), MINUTE);
    return () => clearInterval(timer);
  });
  return {
    get now() {
      return now;
    },
  };
}
