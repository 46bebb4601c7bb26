/** The sender of what sends nothing: an account that no key is known of. */
export const nobody = "0x0000000000000000000000000000000000000000";
