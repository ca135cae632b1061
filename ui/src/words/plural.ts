/** Picks the form of a word for a number by the language's own rules. */
export function pluralIn(
  language: string,
): (count: number, forms: { one?: string; other: string }) => string {
  // Made when the first number is said: they take their time.
  let rules: Intl.PluralRules | undefined;
  let figures: Intl.NumberFormat | undefined;
  return (count, forms) => {
    rules ??= new Intl.PluralRules(language);
    figures ??= new Intl.NumberFormat(language);
    const form = rules.select(count) === 'one' ? (forms.one ?? forms.other) : forms.other;
    return form.replace('#', figures.format(count));
  };
}
