/** What the app says just now, in the language of the moment. Read it as `words.chat.retry`; it is reactive. */
import { en, type Words } from './en';
import { zhCN } from './zh-CN';

export type LanguageSetting = 'system' | 'en' | 'zh-CN';

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
  #words: Words = $derived(this.language === 'zh-CN' ? zhCN : en);

  get words(): Words {
    return this.#words;
  }

  speak(setting: LanguageSetting, locale: string): void {
    this.language = languageFor(setting, locale);
    const tag = locale.replace('_', '-').replace(/[.@].*$/u, '');
    this.locale = tag.startsWith(this.language.slice(0, 2)) && isLocale(tag) ? tag : this.language;
    document.documentElement.lang = this.language;
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
  get: (_target, section) => spoken.words[section as keyof Words],
});
