"""Errors, sorted by what happens next.

Messages carry ids and codes, never a name, a birth date or a dictated word: they end in logs. The French sentence a
person reads is looked up by the code in SENTENCES; it says what happened and what to do.
"""

from __future__ import annotations


class DictationError(Exception):
    """Base of all expected errors. `code` is stable: pages, tests and documentation name it."""

    code = "E_INTERNAL"

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        if code is not None:
            self.code = code
        super().__init__(message or self.code)

    @property
    def sentence(self) -> str:
        """One French sentence for a person: what happened, what to do next."""
        return SENTENCES.get(self.code, SENTENCES["E_INTERNAL"])


class TryAgainLater(DictationError):
    """Store busy, relay closed, disk full: nothing left, nothing lost; the worker waits and retries."""

    code = "E_TRY_AGAIN"


class NeedsAPerson(DictationError):
    """Unreadable sound, unknown addressee, no consent, altered letter: a list that somebody reads."""

    code = "E_NEEDS_A_PERSON"


class OutcomeUnknown(DictationError):
    """The line dropped after hand-over: reconcile, then a person decides; never a blind repeat."""

    code = "E_OUTCOME_UNKNOWN"


class NotAllowed(DictationError):
    """Wrong role, or a move the states forbid: refused and journalled."""

    code = "E_NOT_ALLOWED"


class Conflict(NotAllowed):
    """Somebody else changed the same thing first: look at it again before deciding."""

    code = "E_CONFLICT"


class BadSettings(DictationError):
    """A setting is wrong; the message says key, value, file and what would be right. The program does not start."""

    code = "E_SETTINGS"


# French typography: a no-break space (U+00A0) before « : », a narrow one (U+202F) before « ; ! ? ».
SENTENCES: dict[str, str] = {
    "E_INTERNAL": "Erreur interne : prévenez le service informatique avec le numéro de la dictée.",
    "E_TRY_AGAIN": "Service momentanément indisponible : un nouvel essai aura lieu tout seul.",
    "E_NEEDS_A_PERSON": "Une personne doit décider : ouvrez la dictée.",
    "E_OUTCOME_UNKNOWN": "La lettre est peut-être partie : vérifiez auprès du destinataire avant tout nouvel envoi.",
    "E_NOT_ALLOWED": "Action refusée dans l’état actuel de la dictée.",
    "E_SETTINGS": "Réglage incorrect : corrigez le fichier de réglages indiqué.",
    # ledger
    "E_CONFLICT": "Quelqu’un d’autre a modifié cette dictée entre-temps : relisez-la, puis recommencez.",
    "E_FROZEN": "La lettre est signée : son texte ne peut plus être modifié.",
    "E_NOT_SIGNED": "La lettre n’est pas signée : elle ne peut pas partir.",
    "E_NOT_CLEARED": "La lettre n’est pas en cours d’envoi : rien n’est parti.",
    "E_UNKNOWN_DICTATION": "Dictée inconnue : vérifiez le numéro.",
    "E_AMBIGUOUS_DICTATION": "Plusieurs dictées commencent par ce numéro : donnez-le en entier.",
    "E_UNKNOWN_DISPATCH": "Envoi inconnu : vérifiez le numéro.",
    "E_NO_DRAFT": "Cette dictée n’a pas encore de brouillon : attendez la fin de la préparation.",
    "E_REFUSED_FILE": "Ce fichier n’a pas été pris : déposez de nouveau un fichier corrigé.",
    "E_ACCOUNT": "Compte incomplet : un médecin doit avoir un numéro RPPS.",
    "E_UNKNOWN_ACCOUNT": "Ce compte n’existe pas.",
    "E_ACCOUNT_SERVICES": "Seul un compte de secrétaire est limité à des services : un médecin voit les lettres "
    "qu’il peut signer, un administrateur aucune.",
    "E_UNKNOWN_SERVICE": "Service inconnu : écrivez-le comme dans les tables [[authors]] des réglages.",
    "E_EXTENSION": "Le poste est un numéro\u00a0: 12 chiffres et espaces au plus.",
    "E_STORE_BUSY": "La base de données ne répond pas : un nouvel essai aura lieu tout seul.",
    "E_STORE_DAMAGED": "La base de données est illisible : ne supprimez rien, restaurez la dernière sauvegarde.",
    "E_STORE_NEWER": "La base de données vient d’une version plus récente : installez cette version du programme.",
    "E_STORE_MISSING": "La base de données a disparu alors que des enregistrements sont conservés : restaurez la dernière sauvegarde.",
    "E_STOPPED": "Le service s’est arrêté pendant le travail : il reprendra tout seul.",
    "E_BUG": "Erreur imprévue : un nouvel essai aura lieu tout seul ; prévenez le service informatique si elle revient.",
    "E_WORKER_RUNNING": "Un autre service travaille déjà dans ce dossier : arrêtez-le d’abord.",
    "E_SOUND_ERASED": "Le son de cette dictée a été effacé à la fin de sa durée de conservation : la lettre et ses preuves restent.",
    # backup
    "E_BACKUP": "La sauvegarde est incomplète ou a changé : n’en restaurez rien, prenez la précédente.",
    "E_BACKUP_TARGET": "Ce dossier ne convient pas à une sauvegarde : choisissez-en un hors de l’installation, sur un autre disque.",
    "E_BACKUP_DATABASE": "PostgreSQL n’a pas pu être copié\u00a0: installez pg_dump et pg_restore à la version du serveur, ou lancez vous-même «\u00a0pg_dump --format=custom --exclude-schema=dbos --file=dictation.pgdump BASE\u00a0» à côté d’une copie de .state.",
    "E_BACKUP_OTHER": "Cette sauvegarde est celle d’une autre sorte de base (SQLite ou PostgreSQL)\u00a0: mettez le réglage [store] database comme il était.",
    "E_NOT_EMPTY": "Cette installation contient déjà des dictées : restaurez dans un dossier vide.",
    "E_RESTORED": "Dictée restaurée d’une sauvegarde : vérifiez que sa lettre n’est pas déjà partie, puis relancez-la.",
    # intake
    "E_EMPTY": "Le fichier est vide : enregistrez de nouveau la dictée.",
    "E_NOT_REGULAR": "Ce n’est pas un fichier ordinaire (lien, dossier ou périphérique) : déposez une copie du fichier.",
    "E_PERMISSION": "Le fichier ne peut pas être lu : vérifiez les droits d’accès.",
    "E_TOO_BIG": "Le fichier est trop gros : découpez la dictée en plusieurs enregistrements.",
    "E_DUPLICATE": "Cet enregistrement a déjà été reçu : rien à refaire.",
    "E_SIDECAR_UNREADABLE": "La fiche jointe (.json) est illisible : corrigez-la, puis déposez de nouveau les deux fichiers.",
    "E_SIDECAR_INVALID": "La fiche jointe (.json) est incomplète ou incorrecte : corrigez-la, puis déposez de nouveau les deux fichiers.",
    "E_AUTHOR_UNKNOWN": "L’auteur de la dictée est inconnu : ajoutez-le aux réglages ou corrigez la fiche jointe.",
    "E_AUTHOR_CONFLICT": "La fiche jointe désigne un autre auteur que le dossier : corrigez l’un ou l’autre.",
    "E_SIDECAR_AMBIGUOUS": "Une seule fiche pour plusieurs enregistrements : donnez à chacun la sienne (nom.wav.json).",
    "E_SIDECAR_ALONE": "La fiche jointe n’accompagne aucun enregistrement : déposez l’enregistrement et sa fiche ensemble.",
    "E_SIDECAR_LATE": "La fiche jointe est arrivée après la prise de l’enregistrement : complétez la dictée à la main.",
    "E_DOCUMENT": "Ce document joint n’est pas un PDF lisible : numérisez-le de nouveau, puis déposez-le avec un enregistrement.",
    "E_DOCUMENT_ALONE": "Le document n’accompagne aucun enregistrement : déposez-les ensemble, sous le même nom ou avec le même IPP.",
    "E_DOCUMENT_PATIENT": "Ce document porte un autre IPP que la dictée de même nom : vérifiez de quel patient il parle, puis versez-le à son dossier.",
    "E_DOCUMENT_AMBIGUOUS": "Plusieurs enregistrements portent l’IPP de ce document : déposez-le de nouveau sous le nom d’un seul.",
    "E_DOCUMENT_LATE": "Le document est arrivé après la prise de l’enregistrement : versez-le au dossier du patient.",
    "E_FOLDER_TOO_DEEP": "Ce dossier est trop profond : déposez les enregistrements dans le dossier de l’auteur.",
    "E_WATCHER_RUNNING": "Un autre service surveille déjà ce dossier d’entrée : arrêtez-le avant d’en lancer un second.",
    "E_NOT_IN_QUARANTINE": "Ce fichier n’est plus en quarantaine : déposez de nouveau l’enregistrement si besoin.",
    "E_SHARE": "Le dossier d’entrée ne répond pas : vérifiez le partage, la reprise se fera toute seule.",
    # audio
    "E_AUDIO_NOT_AUDIO": "Ce fichier ne contient pas de son lisible : exportez la dictée en WAV ou en MP3.",
    "E_AUDIO_TRUNCATED": "L’enregistrement est incomplet (copie interrompue ?) : déposez-le de nouveau.",
    "E_AUDIO_DS2": "Format DS2 chiffré ou non pris en charge : exportez la dictée en DSS ou en WAV depuis le logiciel du dictaphone.",
    "E_AUDIO_TOO_LONG": "L’enregistrement est trop long : découpez-le en plusieurs dictées.",
    "E_AUDIO_TOO_SHORT": "L’enregistrement est trop court pour contenir une dictée : enregistrez de nouveau.",
    "E_WEIGHTS_MISSING": "Le modèle de reconnaissance est absent ou altéré : lancez « dictation check ».",
    # proofreading and signing
    "E_WRONG_STATE": "La dictée a avancé entre-temps : rechargez la page pour voir où elle en est.",
    "E_LETTER_HELD": "Une autre personne relit cette lettre : rien n’a été changé.",
    "E_OPEN_POINTS": "Des points ne sont pas vérifiés : écoutez-les ou confirmez.",
    "E_PROOF_CHANGED": "La lettre affichée n’est plus la bonne : relisez celle-ci avant de signer.",
    "E_NOT_SIGNATORY": "Seul l’auteur de la dictée, ou son remplaçant déclaré, peut signer cette lettre.",
    "E_WRONG_PATIENT": "Mauvais patient : corrigez la fiche ou annulez la dictée avant de la reprendre.",
    "E_SAME_PATIENT": "C’est déjà le patient de cette lettre : rien n’a été changé.",
    "E_IDENTITY_INCOMPLETE": "Complétez l’identité : nom, prénom, date de naissance, sexe et IPP.",
    "E_HOSPITAL_NUMBER_TAKEN": "Cet IPP est celui d’un autre patient attendu ce jour : choisissez-le dans la liste ou corrigez le numéro.",
    "E_REASON_MISSING": "Indiquez un motif : la personne suivante doit savoir pourquoi.",
    "E_BAD_REQUEST": "Demande incomprise : rechargez la page et recommencez.",
    # letter and sending
    "E_LETTER_ALTERED": "Le PDF n’est plus celui qui a été signé : la lettre doit être signée de nouveau.",
    "E_PDFA": "La lettre n’a pas pu être produite au format PDF/A-1b : prévenez le service informatique.",
    "E_PATIENT_MISSING": "La lettre ne dit pas de qui elle parle : renseignez l’identité du patient avant la signature.",
    "E_LETTER_TEXT": "La lettre contient un caractère qui ne s’imprime pas (émoji, caractère de commande…) : remplacez-le dans le texte.",
    "E_LETTER_TOO_LONG": "La lettre est trop longue, ou un de ses mots est démesuré : corrigez le texte ou faites deux lettres.",
    "E_RESOURCE_BLOCKED": "Le modèle de lettre demande une ressource extérieure : corrigez le modèle.",
    "E_MSSANTE_INCOMPLETE": "Il manque une information que la messagerie de santé exige (identité, auteur, établissement ou date) : complétez-la, puis relancez.",
    "E_TEST_IDENTITY": "L’identité du patient est une identité de test en production, ou une vraie dans un essai : rien n’est parti.",
    "E_MESSAGE_INVALID": "Le message construit ne respecte pas les règles de la messagerie de santé : prévenez le service informatique.",
    "E_DOMAIN_NOT_TRUSTED": "L’adresse du destinataire n’appartient pas à l’espace de confiance MSSanté : vérifiez-la dans l’annuaire.",
    "E_OBJECTION": "Le patient s’oppose à l’envoi : la lettre est conservée, elle ne peut pas être envoyée.",
    "E_NO_CONSENT": "L’accord du patient n’est pas connu : renseignez-le avant l’envoi.",
    "E_ADDRESSEE_MISSING": "Aucun destinataire : complétez l’adresse du médecin avant l’envoi.",
    "E_CERTIFICATE": "Le certificat du destinataire est absent, périmé ou inadapté : demandez-lui son certificat à jour.",
    "E_OWN_CERTIFICATE": "Notre certificat est absent, périmé ou inadapté : prévenez le service informatique.",
    "E_TLS": "La connexion chiffrée avec le serveur de messagerie a échoué : rien n’est parti ; prévenez le service informatique.",
    "E_MESSAGE_TOO_BIG": "Le message dépasse la taille admise par le serveur : envoyez la lettre par courrier postal.",
    "E_REFUSED": "Le serveur de messagerie a refusé la lettre : vérifiez l’adresse du destinataire.",
    "E_RELAY_CLOSED": "Le serveur de messagerie ne répond pas : un nouvel essai aura lieu tout seul.",
    "E_RELAY_REFUSED": "Le serveur de messagerie refuse notre connexion : prévenez le service informatique.",
    "E_CARRIER": "La lettre avait été préparée pour un autre mode d’envoi : rétablissez-le, puis relancez la dictée.",
    "E_CARRIER_MISSING": "Le mode d’envoi choisi pour ce destinataire n’est pas réglé : corrigez les réglages ou le destinataire.",
    "E_LINE_MAY_BE_OPEN": "Un envoi est peut-être encore en cours : attendez un quart d’heure avant de décider.",
    "E_DAY_LIST": "Ce fichier n’est pas une liste de patients : il faut les colonnes ipp, nom, prenom, naissance et sexe.",
    "E_RECORD_SILENT": "Le dossier patient ne répond pas : un nouvel essai aura lieu tout seul.",
    "E_RECORD_REFUSED": "Le dossier patient a refusé la lettre : prévenez le service informatique, puis « dictation record retry ID ».",
    "E_BOUNCED": "La messagerie du destinataire n’a pas pu remettre la lettre : vérifiez l’adresse, puis renvoyez ou imprimez.",
    "E_NOT_INTEGRATED": "Le logiciel du destinataire a reçu la lettre sans pouvoir la classer : appelez-le, puis renvoyez ou imprimez.",
    "E_MAILBOX_CLOSED": "La boîte des réponses ne répond pas : un nouvel essai aura lieu tout seul.",
    "E_STILL_SENDING": "La lettre est encore en cours d’envoi : ce qui revient à son sujet sera lu au prochain passage.",
    "E_MAILBOX_REFUSED": "La boîte des réponses refuse notre connexion : prévenez le service informatique.",
    "E_UNKNOWN_REPLY": "Réponse inconnue ou déjà traitée : rechargez la page.",
    "E_HIDDEN": "Le document est masqué à ce destinataire : la lettre est conservée, elle ne peut pas lui être envoyée.",
    "E_MAILBOX_GONE": "L’adresse du destinataire a disparu de l’annuaire : choisissez une autre adresse ou imprimez la lettre.",
    "E_MAILBOX_CHANGED": "D’après l’annuaire, cette adresse est celle d’un autre professionnel : vérifiez le destinataire.",
    "E_MAILBOX_UNKNOWN": "L’adresse du destinataire n’est pas dans l’annuaire : vérifiez-la avant l’envoi.",
    "E_OTHER_ADDRESSEE": "La lettre signée s’adresse à quelqu’un d’autre : pour changer de destinataire, commencez une version corrigée.",
    "E_ENTRY_WITHOUT_MAILBOX": "Cette personne n’a pas de boîte MSSanté dans l’annuaire : imprimez la lettre pour La Poste.",
    "E_ENTRY_CHANGED": "L’annuaire a changé entre-temps : cherchez de nouveau, puis choisissez.",
    "E_DIRECTORY_FORMAT": "Ce fichier n’est pas une extraction de l’annuaire que nous savons lire : vérifiez qu’il est complet.",
    "E_DIRECTORY_OLDER": "Cette extraction de l’annuaire est plus ancienne que celle en place : rien n’a changé.",
    "E_DIRECTORY_SHRUNK": "Cette extraction ferait disparaître trop d’adresses : elle est sans doute incomplète, rien n’a changé.",
    "E_DIRECTORY_MISSING": "Aucun annuaire n’est chargé : lancez « dictation directory import ».",
    "E_POSTAL_ADDRESS": "L’adresse postale du destinataire manque ou n’a pas de code postal : complétez-la avant d’imprimer pour La Poste.",
    "E_POSTAL_TOO_SOON": "Cette lettre n’est ni revenue, ni peut-être partie depuis un quart d’heure, ni restée assez longtemps sans lecture : attendez avant d’imprimer pour La Poste.",
    "E_ALREADY_PRINTED": "Cette lettre a déjà été imprimée pour La Poste : donnez un motif pour l’imprimer une nouvelle fois.",
    "E_NOT_PRINTED": "Cette version n’a pas été imprimée pour La Poste : imprimez-la avec sa page de garde avant de la régler par courrier.",
    "E_NOT_CORRECTABLE": "Seule une lettre déjà partie peut être remplacée par une version corrigée.",
    "E_DISK_FULL": "Le disque est plein : libérez de la place, le travail reprendra tout seul.",
    "E_INTEGRITY": "Un fichier interne manque ou a changé : prévenez le service informatique, ne supprimez rien.",
    "E_STILL_WRITTEN": "La copie du fichier n’est pas terminée : il sera repris tout seul.",
    "E_VANISHED": "Le fichier a été retiré avant d’être pris : déposez-le de nouveau si besoin.",
    "E_ATTEMPTS": "Trois essais ont échoué : prévenez le service informatique, puis relancez la dictée.",
    "E_DEMO_CASES": "Les enregistrements de la démonstration manquent : lancez-la depuis une copie complète du dépôt.",
    "E_TAKE": "Cette dictée est celle d’un autre médecin\u00a0: commencez-en une nouvelle.",
    "E_PIECE": "Un morceau de cette dictée manque ou est abîmé\u00a0: elle reste sur l’appareil, essayez de nouveau ou prévenez le service informatique.",
    "E_DEVICE": "Un appareil se prépare pour un médecin dont le compte est ouvert.",
    "E_DEVICE_LINK": "Ce lien a déjà servi ou est trop ancien\u00a0: demandez-en un nouveau.",
    "E_DEVICE_REVOKED": "Cet appareil n’est plus autorisé à dicter\u00a0: il a été vidé. Demandez un nouveau lien.",
    "E_FORM_EXPIRED": "Cette page est restée ouverte trop longtemps : rechargez-la, puis recommencez.",
    "E_SIGNED_OUT": "Votre session est terminée : identifiez-vous de nouveau.",
}
