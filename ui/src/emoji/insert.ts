/** Puts text where the caret of a field is, as if it had been typed. */

export function insertAtCaret(field: HTMLTextAreaElement | HTMLInputElement, text: string): void {
  const { activeElement } = document;
  // As a command it can be undone together with what was typed; for that the field has the focus for a moment.
  field.focus({ preventScroll: true });
  const isDone =
    typeof document.execCommand === 'function' && document.execCommand('insertText', false, text);
  if (!isDone) {
    const { selectionStart, selectionEnd, value } = field;
    field.setRangeText(text, selectionStart ?? value.length, selectionEnd ?? value.length, 'end');
    field.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertText', data: text }));
  }
  if (activeElement instanceof HTMLElement && activeElement !== field)
    activeElement.focus({ preventScroll: true });
}
