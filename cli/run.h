/* The subcommands that are more than one call: what the table of commands points to. */
#ifndef VEDETTE_CLI_RUN_H
#define VEDETTE_CLI_RUN_H

#include "cli/command.h"

enum outcome run_call(struct cli *, const struct command *, const struct given *); /* one call, its reply printed */
enum outcome run_init(struct cli *, const struct command *, const struct given *);
enum outcome run_keys_next(struct cli *, const struct command *, const struct given *);
enum outcome run_agents(struct cli *, const struct command *, const struct given *);
enum outcome run_agent_report(struct cli *, const struct command *, const struct given *);
enum outcome run_stream(struct cli *, const struct command *, const struct given *);
enum outcome run_log_show(struct cli *, const struct command *, const struct given *);
enum outcome run_log_search(struct cli *, const struct command *, const struct given *);
enum outcome run_log_prove(struct cli *, const struct command *, const struct given *);
enum outcome run_log_verify(struct cli *, const struct command *, const struct given *);
enum outcome run_log_fsck(struct cli *, const struct command *, const struct given *);
enum outcome run_log_export(struct cli *, const struct command *, const struct given *);
enum outcome run_subscriber_add(struct cli *, const struct command *, const struct given *);
enum outcome run_subscriber_revoke(struct cli *, const struct command *, const struct given *);
enum outcome run_recover(struct cli *, const struct command *, const struct given *);
enum outcome run_keyserver(struct cli *, const struct command *, const struct given *);
enum outcome run_keyserver_init(struct cli *, const struct command *, const struct given *);
enum outcome run_witness(struct cli *, const struct command *, const struct given *);
enum outcome run_postman(struct cli *, const struct command *, const struct given *);
enum outcome run_witness_init(struct cli *, const struct command *, const struct given *);
enum outcome run_task_submit(struct cli *, const struct command *, const struct given *);
enum outcome run_task_output(struct cli *, const struct command *, const struct given *);
enum outcome run_file_put(struct cli *, const struct command *, const struct given *);
enum outcome run_backup_target_check(struct cli *, const struct command *, const struct given *);
enum outcome run_health(struct cli *, const struct command *, const struct given *);

/* Backups (cli/restore/, cli/prune/): with a target and keys, and no server. */
enum outcome run_backup_verify(struct cli *, const struct command *, const struct given *);
enum outcome run_backup_prove(struct cli *, const struct command *, const struct given *);
enum outcome run_backup_browse(struct cli *, const struct command *, const struct given *);
enum outcome run_restore(struct cli *, const struct command *, const struct given *);
enum outcome run_restore_server(struct cli *, const struct command *, const struct given *);
enum outcome run_prune(struct cli *, const struct command *, const struct given *);
enum outcome run_backup_preview(struct cli *, const struct command *, const struct given *);

/* Backups by the server's word. */
enum outcome run_backup_expected(struct cli *, const struct command *, const struct given *); /* backup preview, no TARGET */
enum outcome run_backup_catalogue(struct cli *, const struct command *, const struct given *);

/* Signing (cli/sign/): on the administrator's own machine. */
enum outcome run_sign(struct cli *, const struct command *, const struct given *);
enum outcome run_sign_draft(struct cli *, const struct command *, const struct given *);
enum outcome run_sign_keygen(struct cli *, const struct command *, const struct given *);
enum outcome run_backup_plan_new(struct cli *, const struct command *, const struct given *);
enum outcome run_backup_restore_new(struct cli *, const struct command *, const struct given *);
enum outcome run_trust_facts(struct cli *, const struct command *, const struct given *);
enum outcome run_trust_init(struct cli *, const struct command *, const struct given *);
enum outcome run_trust_rotate(struct cli *, const struct command *, const struct given *);
enum outcome run_trust_adopt(struct cli *, const struct command *, const struct given *);
enum outcome run_trust_show(struct cli *, const struct command *, const struct given *);
enum outcome run_trust_succession(struct cli *, const struct command *, const struct given *);
enum outcome run_document_new(struct cli *, const struct command *, const struct given *);
enum outcome run_trust_status(struct cli *, const struct command *, const struct given *);
enum outcome run_watch_new(struct cli *, const struct command *, const struct given *);
enum outcome run_task_new(struct cli *, const struct command *, const struct given *);
enum outcome run_update_new(struct cli *, const struct command *, const struct given *);
enum outcome run_freeze(struct cli *, const struct command *, const struct given *);
enum outcome run_unfreeze(struct cli *, const struct command *, const struct given *);
enum outcome run_revoke(struct cli *, const struct command *, const struct given *);

#endif
