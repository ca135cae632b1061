/** What the app says just now, in the language of the moment. Read it as `words.chat.retry`; it is reactive. */
import { en, type Words } from './en';
import { isolating } from './isolating';

export type LanguageSetting = 'system' | 'en' | 'zh-CN';

/** Each language, and which way it is written. */
const DIRECTION: Record<'en' | 'zh-CN', 'ltr' | 'rtl'> = { en: 'ltr', 'zh-CN': 'ltr' };

/** The language for a setting, on a system that speaks `locale`. */
export function languageFor(setting: LanguageSetting, locale: string): 'en' | 'zh-CN' {
  if (setting !== 'system') return setting;
  return /^zh\b/iu.test(locale.replace('_', '-')) ? 'zh-CN' : 'en';
}

class Spoken {
  /** `en` or `zh-CN`. */
  language = $state<'en' | 'zh-CN'>('en');
  /** What dates and numbers are written in: the system's own kind of English, where it is one. */
  locale = $state('en');
  #words: Words = $state.raw(en);
  #wanted: 'en' | 'zh-CN' = 'en';

  get words(): Words {
    return this.#words;
  }

  /** Speaks so from now on; with the promise, everything is said in that language. */
  async speak(setting: LanguageSetting, locale: string): Promise<void> {
    const wanted = languageFor(setting, locale);
    this.#wanted = wanted;
    if (wanted === 'en') return this.#take(wanted, en, locale);
    const { zhCN } = await import('./zh-CN');
    if (this.#wanted === wanted) this.#take(wanted, zhCN, locale);
  }

  #take(language: 'en' | 'zh-CN', words: Words, locale: string): void {
    this.language = language;
    this.#words = words;
    const tag = locale.replace('_', '-').replace(/[.@].*$/u, '');
    this.locale = tag.startsWith(language.slice(0, 2)) && isLocale(tag) ? tag : language;
    document.documentElement.lang = language;
    document.documentElement.dir = DIRECTION[language];
  }
}

function isLocale(tag: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf([tag]).length > 0;
  } catch {
    return false;
  }
}

export const spoken = new Spoken();

/** The words of the moment. */
export const words: Words = new Proxy({} as Words, {
  get: (_target, section) => isolating(spoken.words[section as keyof Words]),
});
