/** Errors of the SDK: codes (R 1.14), `IMError`, and how a refusal of the bridge becomes one (R-L5). */
import type { ErrorView } from '../bridge/generated/ErrorView';

/** The codes that Tidings gives: TIM's where TIM has one, its own from 120000 up. */
export const CODE = {
  NO_SDKAPPID: 2000,
  NO_USER_ID: 2002,
  NO_USER_SIG: 2003,
  NOT_SIGNED_IN: 2024,
  REPEATED_LOGIN: 2025,
  SEND_FAILED: 2100,
  MESSAGE_INSTANCE_REQUIRED: 2105,
  INVALID_CONVERSATION_TYPE: 2106,
  FILE_EMPTY: 2108,
  IMAGE_UPLOAD: 2250,
  IMAGE_TYPE: 2252,
  IMAGE_TOO_LARGE: 2253,
  SOUND_UPLOAD: 2300,
  SOUND_TOO_LARGE: 2301,
  VIDEO_UPLOAD: 2350,
  VIDEO_TOO_LARGE: 2351,
  VIDEO_TYPE: 2352,
  FILE_UPLOAD: 2400,
  FILE_NOT_CHOSEN: 2401,
  FILE_TOO_LARGE: 2402,
  NO_CONTENT: 2403,
  NO_SUCH_CONVERSATION: 2500,
  NO_SUCH_USER_OR_GROUP: 2501,
  UNRECORDED_CONVERSATION_TYPE: 2502,
  BAD_CONVERSATION_ID: 2503,
  NETWORK: 2800,
  TIMEOUT: 2801,
  NO_NETWORK: 2805,
  NOT_READY: 2999,

  REVOKE_FAILED: 2110,
  DELETE_FAILED: 2111,

  GROUP_PARAMETER: 10004,
  TOO_MANY_USERS: 10005,
  NO_PERMISSION: 10007,
  OWNER_CANNOT_QUIT: 10009,
  NOT_IN_GROUP: 10010,
  ALREADY_MEMBER: 10013,
  GROUP_FULL: 10014,
  NO_SUCH_GROUP: 10015,
  MUTED: 10017,
  GROUP_ID_TAKEN: 10021,
  APPLICATION_HANDLED: 10024,
  NO_SUCH_MESSAGE: 10030,
  RECALL_TOO_LATE_IN_GROUP: 10031,
  NOT_RECALLABLE: 10032,
  RECALL_DISABLED: 10041,

  TOKEN_INVALID: 20002,
  NO_SUCH_USER: 20003,
  BLOCKED: 20007,
  RECALL_TOO_LATE: 20016,
  MESSAGE_TOO_LARGE: 80002,
  USER_SIG_EXPIRED: 70001,
  TOO_FREQUENT: 70050,
  BAD_PACKET: 20001,
  BAD_JSON: 90001,
  BAD_PAYLOAD: 90002,
  BAD_MESSAGE_TYPE: 90010,
  USER_SIG_MALFORMED: 70003,
  USER_SIG_MISMATCH: 70009,
  USER_SIG_USER: 70013,
  USER_SIG_APP: 70014,
  USER_SIG_NO_KEY: 70016,
  BAD_PARAMETER: 70402,
  INTERNAL: 70500,

  WRONG_CREDENTIALS: 120001,
  USER_ID_TAKEN: 120002,
  INVITATION_INVALID: 120003,
  INVITATION_NEEDED: 120004,
  REGISTRATION_CLOSED: 120005,
  BAD_PASSWORD: 120006,
  BAD_USER_ID: 120007,
  PROTOCOL_VERSION: 120008,
  NOT_TIDINGS: 120009,
  CERTIFICATE: 120010,
  SLOW_CONSUMER: 120011,
  UNAVAILABLE: 120012,
  DISK: 120013,
  FRAME_TOO_LARGE: 120014,
  TOO_MANY_REQUESTS: 120015,
  BAD_LINK: 120016,
  BAD_ADDRESS: 120017,
  LIMIT_REACHED: 120018,
  HOST_DOWN: 120019,
  FILE_DIFFERS: 120020,
  QUOTA: 120021,
  FILE_CHANGED: 120022,
  NOT_ON_THIS_DESKTOP: 120023,
  UNDECODABLE: 120024,
  NO_SUCH_FILE: 120025,
  EXPORT_FULL: 120026,
  EXPORT_FOLDER: 120027,
  NOT_AN_EXPORT: 120028,
  EXPORT_NEWER: 120029,
  EXPORT_OTHER: 120030,
  PROFILE_TAKEN: 120031,
  EXPORT_RUNNING: 120032,
  EXPORT_STOPPED: 120033,
  IMPORTED: 120034,
  NOT_A_FILE: 120035,
  IN_USE: 120036,
} as const;

export type ErrorKind = ErrorView['kind'];

/** What `catch` gets (R-L5). */
export class IMError extends Error {
  override readonly name = 'IMError';
  readonly code: number;
  readonly data: unknown;
  /** What a person can do about it (Tidings). */
  readonly kind: ErrorKind;
  /** When trying again makes sense, milliseconds (Tidings). */
  readonly retryAfterMs: number | null;

  constructor(view: Pick<ErrorView, 'code' | 'message'> & Partial<ErrorView>, data: unknown = {}) {
    super(view.message);
    this.code = view.code;
    this.kind = view.kind ?? 'bad_request';
    this.retryAfterMs = view.retryAfterMs ?? null;
    this.data = data;
  }

  /** The error for whatever a bridge threw. */
  static from(thrown: unknown, data: unknown = {}): IMError {
    if (thrown instanceof IMError) return thrown;
    if (
      typeof thrown === 'object' &&
      thrown !== null &&
      'code' in thrown &&
      typeof thrown.code === 'number'
    ) {
      const message = 'message' in thrown ? String(thrown.message) : '';
      return new IMError({ ...(thrown as Partial<ErrorView>), code: thrown.code, message }, data);
    }
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new IMError({ code: CODE.INTERNAL, kind: 'internal', message }, data);
  }
}

/** What `then` gets (R-L5). */
export interface IMResponse<Data> {
  code: 0;
  data: Data;
}

/** An answer of code 0. */
export function response<Data>(data: Data): IMResponse<Data> {
  return { code: 0, data };
}
