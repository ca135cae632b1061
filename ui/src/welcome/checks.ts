/** What can be said about a field before a server is asked. */
import { words } from '../words/words.svelte';

const bytes = (text: string): number => new TextEncoder().encode(text).length;

/** A nick has 1 to 128 bytes. */
export function checkName(name: string): string | undefined {
  if (name.trim() === '') return words.problems.nameMissing;
  return bytes(name.trim()) > 128 ? words.problems.nameTooLong : undefined;
}

/** A user id has 1 to 32 bytes of printable ASCII, without spaces at its ends (R 1.16). */
export function checkUserID(userID: string): string | undefined {
  if (userID.trim() === '') return words.problems.userIDMissing;
  if (!/^[\u0020-\u007e]+$/u.test(userID) || userID !== userID.trim()) return words.problems.userIDCharacters;
  return userID.length > 32 ? words.problems.userIDTooLong : undefined;
}

/** A new password has 8 to 256 bytes; one that exists is whatever it is. */
export function checkPassword(password: string, isNew: boolean): string | undefined {
  if (password === '') return words.problems.passwordMissing;
  if (!isNew) return undefined;
  if (bytes(password) < 8) return words.problems.passwordShort;
  return bytes(password) > 256 ? words.problems.passwordLong : undefined;
}

/** A user id for somebody of this name, to begin with. */
export function suggestUserID(name: string): string {
  const plain = name.normalize('NFKD').toLowerCase().replaceAll(/\p{M}/gu, '');
  return plain
    .replaceAll(/[^a-z0-9]+/gu, '-')
    .replaceAll(/^-+|-+$/gu, '')
    .slice(0, 32);
}

/** An invitation link: where its server is, then its code, then perhaps the fingerprint of a certificate. */
export function checkLink(link: string): string | undefined {
  if (link.trim() === '') return words.problems.linkMissing;
  const isOne = /^tidings:\/\/join\/[^\s/?#@]+\/[\w-]+(?:\?tls=\w+)?$/u.test(link.trim());
  return isOne ? undefined : words.problems.badLink;
}
