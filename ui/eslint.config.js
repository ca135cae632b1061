import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

const scrollMessage = 'One place owns the scroll position: chat/scroll.ts.';

export default ts.config(
  { ignores: ['dist/', 'dist-fake/', 'node_modules/', 'src/bridge/generated/'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      'no-console': ['error', { allow: ['warn', 'error'] }],
      eqeqeq: 'error',
      'no-undef': 'off',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      // What people and servers send is text and never becomes markup (H1, H2).
      'no-restricted-properties': [
        'error',
        ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'srcdoc'].map((property) => ({
          property,
          message: 'Nothing that came from outside becomes markup.',
        })),
        ...['scrollTop', 'scrollIntoView', 'scrollTo', 'scrollBy'].map((property) => ({
          property,
          message: scrollMessage,
        })),
      ],
      'no-restricted-globals': [
        'error',
        'fetch',
        'XMLHttpRequest',
        'WebSocket',
        'localStorage',
        'sessionStorage',
      ],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: {
      'svelte/no-at-html-tags': 'error',
      'svelte/require-each-key': 'error',
      'svelte/no-inline-styles': ['error', { allowTransitions: false }],
    },
  },
  {
    files: ['src/chat/scroll.ts', 'src/chat/scroll.test.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    // The SDK knows nothing of Svelte, and the screens reach Rust only through the SDK.
    files: ['src/tim/**', 'src/bridge/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['svelte', 'svelte/*'] }] },
  },
  {
    files: ['src/{welcome,conversations,chat,composer,settings,session,look,words}/**'],
    ignores: ['**/*.test.ts', '**/test-*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: 'bridge/', message: 'Everything in ui/src goes through tim.' }] },
      ],
    },
  },
);
