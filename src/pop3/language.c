/* RFC 6856 §3: LANG, and what we say in other languages than English. */
#include "pop3/session.h"

#include <inttypes.h>

/* ---- the languages: a tag (RFC 5646) each, and what they call themselves */

enum { ENGLISH, GERMAN, FRENCH, LANGUAGES };

static const struct {
    const char *tag, *name, *changed;
} languages[LANGUAGES] = {
    [ENGLISH] = { "en", "English", "English from now on" },
    [GERMAN] = { "de", "Deutsch", "von nun an Deutsch" },
    [FRENCH] = { "fr", "français", "désormais en français" },
};

/* ---- the texts: English as it stands where it is said */

static const char *const texts[][LANGUAGES] = {
    { "+OK languages follow", "+OK es folgen die Sprachen", "+OK voici les langues" },
    { "+OK send PASS", "+OK nun PASS", "+OK maintenant PASS" },
    { "+OK 1 message", "+OK 1 Nachricht", "+OK 1 message" },
    { "+OK %zu messages", "+OK %zu Nachrichten", "+OK %zu messages" },
    { "+OK message %" PRIu64 " deleted", "+OK Nachricht %" PRIu64 " gelöscht",
      "+OK message %" PRIu64 " supprimé" },
    { "+OK %" PRIu64 " octets", "+OK %" PRIu64 " Oktette", "+OK %" PRIu64 " octets" },
    { "+OK begin TLS", "+OK nun TLS", "+OK maintenant TLS" },
    { "+OK what may follow AUTH", "+OK was auf AUTH folgen darf",
      "+OK ce qui peut suivre AUTH" },
    { "+OK what this server can do", "+OK was dieser Server kann",
      "+OK ce que sait faire ce serveur" },
    { "+OK UTF-8 from now on", "+OK von nun an UTF-8", "+OK désormais en UTF-8" },
    { "+OK %s POP3 server signing off", "+OK %s, POP3-Server, verabschiedet sich",
      "+OK %s, serveur POP3, prend congé" },

    { "-ERR unknown command", "-ERR unbekannter Befehl", "-ERR commande inconnue" },
    { "-ERR not now", "-ERR nicht jetzt", "-ERR pas maintenant" },
    { "-ERR bad arguments", "-ERR falsche Argumente", "-ERR arguments erronés" },
    { "-ERR line too long", "-ERR Zeile zu lang", "-ERR ligne trop longue" },
    { "-ERR line much too long", "-ERR Zeile viel zu lang",
      "-ERR ligne beaucoup trop longue" },
    { "-ERR lines are printable and end in CRLF",
      "-ERR Zeilen sind druckbar und enden mit CRLF",
      "-ERR les lignes sont imprimables et finissent par CRLF" },
    { "-ERR too many errors", "-ERR zu viele Fehler", "-ERR trop d'erreurs" },
    { "-ERR this is not a web server", "-ERR dies ist kein Webserver",
      "-ERR ceci n'est pas un serveur web" },
    { "-ERR no such language here", "-ERR diese Sprache gibt es hier nicht",
      "-ERR cette langue n'existe pas ici" },
    { "-ERR no login without encryption here",
      "-ERR hier keine Anmeldung ohne Verschlüsselung",
      "-ERR pas de connexion sans chiffrement ici" },
    { "-ERR encrypted already", "-ERR schon verschlüsselt", "-ERR déjà chiffré" },
    { "-ERR no encryption here", "-ERR hier keine Verschlüsselung",
      "-ERR pas de chiffrement ici" },
    { "-ERR nothing may follow STLS", "-ERR auf STLS darf nichts folgen",
      "-ERR rien ne peut suivre STLS" },
    { "-ERR no such mechanism", "-ERR dieses Verfahren gibt es nicht",
      "-ERR ce mécanisme n'existe pas" },
    { "-ERR malformed response", "-ERR fehlerhafte Antwort",
      "-ERR réponse mal formée" },
    { "-ERR cancelled", "-ERR abgebrochen", "-ERR annulé" },
    { "-ERR [AUTH] wrong name or password", "-ERR [AUTH] Name oder Passwort falsch",
      "-ERR [AUTH] nom ou mot de passe erroné" },
    { "-ERR [LOGIN-DELAY] too soon after the last login",
      "-ERR [LOGIN-DELAY] zu früh nach der letzten Anmeldung",
      "-ERR [LOGIN-DELAY] trop tôt après la dernière connexion" },
    { "-ERR [SYS/TEMP] nobody can log in now",
      "-ERR [SYS/TEMP] zurzeit kann sich niemand anmelden",
      "-ERR [SYS/TEMP] personne ne peut se connecter en ce moment" },
    { "-ERR [SYS/TEMP] too many logins, try again later",
      "-ERR [SYS/TEMP] zu viele Anmeldungen, bitte später noch einmal",
      "-ERR [SYS/TEMP] trop de connexions, réessayez plus tard" },
    { "-ERR [SYS/TEMP] too many failed logins, try again much later",
      "-ERR [SYS/TEMP] zu viele Fehlversuche, bitte sehr viel später noch einmal",
      "-ERR [SYS/TEMP] trop d'échecs de connexion, réessayez bien plus tard" },
    { "-ERR [IN-USE] too many sessions have this maildrop open",
      "-ERR [IN-USE] zu viele Sitzungen haben dieses Postfach geöffnet",
      "-ERR [IN-USE] trop de sessions ont ouvert cette boîte" },
    { "-ERR [SYS/TEMP] the maildrop cannot be opened now",
      "-ERR [SYS/TEMP] das Postfach kann jetzt nicht geöffnet werden",
      "-ERR [SYS/TEMP] la boîte ne peut pas être ouverte en ce moment" },
    { "-ERR no such message", "-ERR diese Nachricht gibt es nicht",
      "-ERR ce message n'existe pas" },
    { "-ERR this message is gone", "-ERR diese Nachricht gibt es nicht mehr",
      "-ERR ce message n'existe plus" },
    { "-ERR [SYS/TEMP] the message cannot be read now",
      "-ERR [SYS/TEMP] die Nachricht kann jetzt nicht gelesen werden",
      "-ERR [SYS/TEMP] le message ne peut pas être lu en ce moment" },
    { "-ERR [SYS/PERM] the message is damaged",
      "-ERR [SYS/PERM] die Nachricht ist beschädigt",
      "-ERR [SYS/PERM] le message est endommagé" },
    { "-ERR [SYS/TEMP] some deleted messages not removed",
      "-ERR [SYS/TEMP] nicht alle gelöschten Nachrichten wurden entfernt",
      "-ERR [SYS/TEMP] certains messages supprimés n'ont pas été retirés" },
    { "-ERR [SYS/TEMP] shutting down", "-ERR [SYS/TEMP] der Server hält an",
      "-ERR [SYS/TEMP] le serveur s'arrête" },
};

const char *pop3_text(unsigned language, const char *english)
{
    if (language == ENGLISH)
        return english;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (span_is(span_of(texts[i][ENGLISH]), span_of(english)))
            return texts[i][language];
    return english;
}

/* ---- LANG */

/* RFC 4647 §3.4, "lookup": of de-AT-1996 first the whole, then de-AT, then de. */
static bool find_language(struct span range, unsigned *language_r)
{
    for (;;) {
        for (unsigned i = 0; i < LANGUAGES; i++) {
            if (span_is_nocase(span_of(languages[i].tag), range)) {
                *language_r = i;
                return true;
            }
        }
        const char *hyphen = range.len ? memrchr(range.at, '-', range.len) : NULL;
        if (!hyphen)
            return false;
        range.len = (size_t)(hyphen - range.at);
    }
}

static void list_languages(struct pop3 *s)
{
    pop3_say(s, "+OK languages follow");
    for (unsigned i = 0; i < LANGUAGES; i++)
        wire_say(s->wire, "%s %s", languages[i].tag, languages[i].name);
    wire_say(s->wire, ".");
}

/* "*" is the one that the site prefers: English. */
void pop3_lang(void *session, const struct arg *args)
{
    struct pop3 *s = session;
    struct span range = args[0].text;

    if (!args[0].given)
        list_languages(s);
    else if (find_language(span_is(range, SPAN("*")) ? SPAN("en") : range,
                           &s->language))
        wire_say(s->wire, "+OK %s %s", languages[s->language].tag,
                 languages[s->language].changed);
    else
        pop3_say(s, "-ERR no such language here");
}
