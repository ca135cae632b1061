/** Picks the form of a word for a number by the language's own rules. */
export function pluralIn(
  language: string,
): (count: number, forms: { one?: string; other: string }) => string {
  const rules = new Intl.PluralRules(language);
  const figures = new Intl.NumberFormat(language);
  return (count, forms) => {
    const form = rules.select(count) === 'one' ? (forms.one ?? forms.other) : forms.other;
    return form.replace('#', figures.format(count));
  };
}
