/** Puts the app on the page, on whichever bridge. */
import { mount } from 'svelte';
import App from './App.svelte';
import type { Bridge } from './bridge/bridge';
import { Session } from './session/session.svelte';
import { timOn, type TimClient, type TIMStatic } from './tim';

declare global {
  interface Window {
    /** Only with `--automation`: the SDK, and the client as the app itself uses it. */
    TIM?: TIMStatic;
    tim?: TimClient;
    createFileMessage?: TimClient['createFileMessage'];
  }
}

/** The SDKAppID that the app itself uses. Which application a server is for is the server's own setting. */
const APP_ID = 1;

export function start(bridge: Bridge): Session {
  const TIM = timOn(bridge);
  const tim = TIM.create({ SDKAppID: APP_ID });
  const session = new Session(tim);
  const target = document.querySelector('#app');
  if (target === null) throw new Error('the page has no #app');
  mount(App, { target, props: { session } });
  void session.start().then(() => {
    if (session.appInfo?.automation !== true) return;
    window.TIM = TIM;
    window.tim = tim;
    // One sample of the guide calls it so (R-F8).
    window.createFileMessage = tim.createFileMessage;
  });
  return session;
}
