/** Errors in words for people, by code and then by kind, and the field that they belong beside. */
import { CODE, IMError } from '../tim';
import { words } from '../words/words.svelte';

export type Field = 'name' | 'userID' | 'password' | 'server' | 'link' | 'groupID' | 'form';

export interface Problem {
  field: Field;
  text: string;
}

/** What went wrong, in words, beside the field that can mend it. */
export function problemOf(thrown: unknown): Problem {
  const error = IMError.from(thrown);
  const say = words.problems;
  const seconds = Math.max(1, Math.ceil((error.retryAfterMs ?? 30_000) / 1000));
  switch (error.code) {
    case CODE.WRONG_CREDENTIALS:
      return { field: 'password', text: say.wrongCredentials };
    case CODE.USER_ID_TAKEN:
      return { field: 'userID', text: say.userIDTaken };
    case CODE.INVITATION_INVALID:
      return { field: 'link', text: say.invitationInvalid };
    case CODE.INVITATION_NEEDED:
      return { field: 'link', text: say.invitationNeeded };
    case CODE.REGISTRATION_CLOSED:
      return { field: 'form', text: say.registrationClosed };
    case CODE.BAD_PASSWORD:
      return { field: 'password', text: say.badPassword };
    case CODE.BAD_USER_ID:
      return { field: 'userID', text: say.badUserID };
    case CODE.PROTOCOL_VERSION:
      return { field: 'server', text: say.protocolVersion };
    case CODE.NOT_TIDINGS:
      return { field: 'server', text: say.notTidings };
    case CODE.CERTIFICATE:
      return { field: 'server', text: say.certificate };
    case CODE.BAD_LINK:
      return { field: 'link', text: say.badLink };
    case CODE.BAD_ADDRESS:
      return { field: 'server', text: say.badAddress };
    case CODE.TOO_FREQUENT:
    case CODE.TOO_MANY_REQUESTS:
      return { field: 'form', text: say.tooOften(seconds) };
    case CODE.NETWORK:
    case CODE.TIMEOUT:
    case CODE.NO_NETWORK:
      return { field: 'server', text: say.network };
    case CODE.UNAVAILABLE:
    case CODE.SLOW_CONSUMER:
      return { field: 'form', text: say.unavailable };
    case CODE.DISK:
      return { field: 'form', text: say.disk };
    case CODE.MESSAGE_TOO_LARGE:
    case CODE.FRAME_TOO_LARGE:
      return { field: 'form', text: say.tooLarge };
    case CODE.NO_SUCH_USER:
    case CODE.NO_SUCH_USER_OR_GROUP:
      return { field: 'userID', text: say.noSuchUser };
    case CODE.LIMIT_REACHED:
      return { field: 'form', text: say.limitReached };
    case CODE.IN_USE:
      return { field: 'form', text: say.inUse };
    case CODE.HOST_DOWN:
      return { field: 'form', text: say.hostDown };
    case CODE.NO_PERMISSION:
      return { field: 'form', text: say.noPermission };
    case CODE.OWNER_CANNOT_QUIT:
      return { field: 'form', text: say.ownerStays };
    case CODE.NOT_IN_GROUP:
      return { field: 'form', text: say.notInGroup };
    case CODE.ALREADY_MEMBER:
      return { field: 'form', text: say.alreadyMember };
    case CODE.GROUP_FULL:
      return { field: 'form', text: say.groupFull };
    case CODE.NO_SUCH_GROUP:
      return { field: 'groupID', text: say.noSuchGroup };
    case CODE.MUTED:
      return { field: 'form', text: say.muted };
    case CODE.GROUP_ID_TAKEN:
      return { field: 'groupID', text: say.groupIDTaken };
    case CODE.APPLICATION_HANDLED:
      return { field: 'form', text: say.handled };
    case CODE.NO_SUCH_MESSAGE:
      return { field: 'form', text: say.noSuchMessage };
    case CODE.RECALL_TOO_LATE:
    case CODE.RECALL_TOO_LATE_IN_GROUP:
      return { field: 'form', text: say.recallTooLate };
    case CODE.NOT_RECALLABLE:
    case CODE.RECALL_DISABLED:
      return { field: 'form', text: say.notRecallable };
    case CODE.BLOCKED:
      return { field: 'form', text: say.blocked };
    case CODE.FILE_EMPTY:
      return { field: 'form', text: say.fileEmpty };
    case CODE.IMAGE_TYPE:
      return { field: 'form', text: say.imageType };
    case CODE.VIDEO_TYPE:
      return { field: 'form', text: say.videoType };
    case CODE.IMAGE_TOO_LARGE:
      return { field: 'form', text: say.imageTooLarge };
    case CODE.VIDEO_TOO_LARGE:
    case CODE.SOUND_TOO_LARGE:
    case CODE.FILE_TOO_LARGE:
      return { field: 'form', text: say.fileTooLarge };
    case CODE.IMAGE_UPLOAD:
    case CODE.VIDEO_UPLOAD:
    case CODE.SOUND_UPLOAD:
    case CODE.FILE_UPLOAD:
      return { field: 'form', text: say.upload };
    case CODE.FILE_NOT_CHOSEN:
      return { field: 'form', text: say.notChosen };
    case CODE.NO_SUCH_FILE:
      return { field: 'form', text: say.noSuchFile };
    case CODE.FILE_DIFFERS:
      return { field: 'form', text: say.fileDiffers };
    case CODE.QUOTA:
      return { field: 'form', text: say.quota };
    case CODE.FILE_CHANGED:
      return { field: 'form', text: say.fileChanged };
    case CODE.NOT_A_FILE:
      return { field: 'form', text: say.notAFile };
    case CODE.NOT_ON_THIS_DESKTOP:
      return { field: 'form', text: say.notHere };
    case CODE.UNDECODABLE:
      return { field: 'form', text: say.undecodable };
    case CODE.EXPORT_FULL:
      return { field: 'form', text: say.exportFull };
    case CODE.EXPORT_FOLDER:
      return { field: 'form', text: say.exportFolder };
    case CODE.NOT_AN_EXPORT:
      return { field: 'form', text: say.notAnExport };
    case CODE.EXPORT_NEWER:
      return { field: 'form', text: say.exportNewer };
    case CODE.EXPORT_OTHER:
      return { field: 'userID', text: say.exportOther };
    case CODE.PROFILE_TAKEN:
      return { field: 'form', text: say.profileTaken };
    case CODE.IMPORTED:
      return { field: 'form', text: say.imported };
    case CODE.EXPORT_RUNNING:
      return { field: 'form', text: say.exportRunning };
    case CODE.USER_SIG_EXPIRED:
      return { field: 'form', text: say.userSigExpired };
    case CODE.USER_SIG_MALFORMED:
    case CODE.USER_SIG_MISMATCH:
    case CODE.USER_SIG_USER:
    case CODE.USER_SIG_APP:
    case CODE.USER_SIG_NO_KEY:
      return { field: 'form', text: say.userSigWrong };
    case CODE.SEND_FAILED:
      return { field: 'form', text: say.sendFailed };
    case CODE.NO_SUCH_CONVERSATION:
    case CODE.BAD_CONVERSATION_ID:
      return { field: 'form', text: say.noSuchConversation };
    case CODE.TOO_MANY_USERS:
      return { field: 'form', text: say.tooManyPeople };
    case CODE.BAD_PACKET:
    case CODE.BAD_JSON:
    case CODE.BAD_PAYLOAD:
    case CODE.BAD_MESSAGE_TYPE:
    case CODE.BAD_PARAMETER:
    case CODE.GROUP_PARAMETER:
      return { field: 'form', text: say.notTaken(error.code) };
    case CODE.TOKEN_INVALID:
    case CODE.NOT_SIGNED_IN:
      return { field: 'form', text: say.signedOut };
  }
  return { field: error.kind === 'network' ? 'server' : 'form', text: byKind(error, seconds) };
}

function byKind(error: IMError, seconds: number): string {
  const say = words.problems;
  if (error.kind === 'network') return say.network;
  if (error.kind === 'unavailable') return say.unavailable;
  if (error.kind === 'rate_limited') return say.tooOften(seconds);
  if (error.kind === 'too_large') return say.tooLarge;
  if (error.kind === 'unauthorised') return say.signedOut;
  return say.unknown(error.code);
}
