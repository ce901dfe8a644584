/*
 * check - packetboat check --sandbox: what this kernel has to lock processes in.
 */
#include "cli/cli.h"

#include "os/sandbox.h"

int cli_check(int argc, char **argv)
{
    enum { FEATURES_MAX = 32 };
    bool sandbox = cli_flag(&argc, argv, "sandbox");
    if (!cli_words(&argc, argv, 0, 0))
        return EXIT_USAGE;
    if (!sandbox)
        return cli_usage("check", "what is to be checked?");
    struct sandbox_feature features[FEATURES_MAX];
    size_t count = sandbox_probe(features, FEATURES_MAX), missing = 0;
    for (size_t i = 0; i < count && i < FEATURES_MAX; i++) {
        missing += !features[i].available;
        printf("%-4s %-20s %s\n", features[i].available ? "yes" : "NO",
               features[i].name, features[i].purpose);
    }
    printf("Landlock version %d; %zu missing\n", landlock_version(), missing);
    return missing == 0 ? EXIT_SUCCESS : EXIT_FAILURE_;
}
