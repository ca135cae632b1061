export type LinkPreview = { host: string; space: string; registration: 'open' | 'invite' | 'closed' };
