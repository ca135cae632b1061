export type Invitation = { link: string; qr: Array<string>; expiresAt: number };
