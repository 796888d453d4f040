"""Names of people as they are written: after a title or a phrase, in a signature, or beginning with a given name.

Two words with capitals may be anything; what makes them a person is what stands before them, or a first word that is a
given name. The given names below are frequent ones of many countries, without those that are words, places or months.
"""

import re
from collections.abc import Iterator
from functools import cache

GIVEN = frozenset(
    """aaron abdul abdullah abigail achmed ada adam adams adele adrian adriana agata agnes agnieszka ahmad ahmed aisha akira alan albert alberto
    aleksandr aleksandra alejandra alejandro aleksander alessandra alessandro alexander alexandra alexandre alexandros alexei alexey alfonso
    alfred alfredo alice alicia alina aline alisa alison allison alvaro alyssa amanda amelia amina amir amit amina ana anastasia anders
    andrea andreas andrei andrej andres andrew andrey andrzej angela angelika angelina anil anita anja anjali ann anna annabelle anne
    annette annika antoine anton antonella antonia antonio antonis anthony anya ariana arjun arnaud arne arthur arturo arun ashley ashok astrid
    audrey august augusto aurelie ayesha ayse barbara barry bartosz beatrice beatriz ben benedikt benjamin benoit bernadette bernard bernd
    bernhard beth betty beverly bianca birgit birgitta bjarne björn bjorn bob bonnie boris brandon brenda brendan brent brett brian bridget
    brigitte britta bruce bruno bryan burak caitlin cameron camila camille candice carina carl carla carlo carlos carmen carol carole
    carolina caroline carolyn carrie carsten casey catalina catarina catherine cathy cecilia cecilie cedric celia celine cesar charles
    charlie cheryl chloe chris christa christel christelle christiane christina christine christoph christophe christopher cindy claire
    clara clarence claude claudia claudio clemens colin concepcion conrad constantin corinna corinne craig cristian cristina curtis cynthia
    dagmar damian damien daniel daniela daniele danielle danuta darius darren darryl david davide dawid debbie deborah debra deepak denis
    denise dennis derek desiree diana diane diego dieter dimitri dimitris dirk dmitri dmitry dolores dominic dominik dominika dominique
    donald donna doris dorota dorothea dorothy douglas duncan dylan eddie eduardo edward edwin eileen eino eirik elaine eleanor elena
    eleni elias elif elisa elisabeth elisabetta elise elizabeth elke ella ellen elsa elvira emil emilia emilie emily emma emmanuel emre
    enrico enrique eric erica erich erik erika erin ernesto ernst esteban esther ethan eugene eva evelyn ewa fabian fabio fabrice
    fatima fatma federica federico felicia felipe felix fernanda fernando filip filippo fiona flora florian francesca francesco
    francine francis francisca francisco francois françois françoise frances franz fred freddie frederic frederick frederik fredrik
    frida friedrich fritz gabriel gabriela gabriele gabriella gail gareth gary gavin geoffrey george georges georgios georg gerald geraldine
    gerard gerd gerhard gerrit giacomo gianluca gianni gilbert gillian gina giorgio giorgos giovanni gisela giulia giuseppe gladys glenn
    gloria gonzalo gordon grazyna greg gregor gregory greta grzegorz guillaume guillermo gunnar günther gustav gustavo guido hanna hannah
    hannelore hans harald haruto harold harriet harry hasan hassan heather hector heidi heike heinrich heinz helen helena helene helga
    helmut hendrik henri henrik henrique henry herbert herman hermann hiroshi holger howard hubert hugo hussein ian ibrahim ida ignacio
    igor ilona ilse imran ines ingeborg ingo ingrid inge ioannis irena irene irina irma isaac isabel isabella isabelle ismail ivan ivana
    ivo iwona jack jackie jacob jacqueline jacques jaime jake jakob jakub james jamie jana jane janet janice janina janine janusz jarek
    jasmin jasmine jason javier jean jeanette jeanne jeff jeffrey jelena jenna jennifer jenny jens jeremy jerome jerzy jesper jessica
    jesus jill jim jimmy jiri joachim joan joana joanna joanne joao joão joaquin joe joel johan johann johanna johannes john johnny jolanta
    jon jonas jonathan jorge jorgen jørgen jose josé josef josefine joseph josephine joshua joyce juan juana juha juan judith judy jukka
    julia julian juliana julie julien juliet juliette julio jun junko jurgen jürgen justin justine justyna kai kamil karen karim karin karina
    karl karla karolina karoline kate katarina katarzyna kate katerina katharina katherine kathleen kathryn kathy katie katja katrin
    katrina kay keiko keith kelly ken kenji kenneth kerstin kevin khaled kim kimberly kirsten kjell klaus konrad konstantin konstantinos
    kristen kristin kristina kristine krystyna krzysztof kumar kurt kyle lara larissa larry lars laszlo lászló latoya laura lauren laurence
    laurent laurie lea leah leila lena leo leon leonard leonardo leonie leonor leonora leslie leticia lev liam lidia liisa lillian lina linda
    lindsay lindsey linnea lisa liv lorena lorenzo lori lorraine lothar louis louisa louise lourdes luca lucas lucia luciana lucie lucy
    ludwig luigi luis luisa luiz lukas łukasz lukasz luke lydia lynn maarten maciej maddalena madeleine magdalena magnus mahmoud maja
    malcolm malgorzata małgorzata malik mandy manfred manuel manuela marc marcel marcello marcia marcin marco marcos marcus marek margaret
    margarete margarita margherita margit margot maria mariana marianne marie marika marilyn marina mario marion marissa marit marjorie
    marko markus marlene marta martha martin martina martine marvin mary maryam massimo mateusz mathias mathieu mathilde matt matteo
    matthew matthias matthieu maureen maurice mauricio mauro max maxime maximilian maya megan mehmet melanie melinda melissa mercedes
    meredith mia michael michaela michał michal michel michela michele micheline michelle miguel mihai mika mike mikael mikhail mikko milan
    milena milos miriam mirjam mitchell mohamed mohammad mohammed moira molly monica monika monique morten muhammad mustafa myriam nadia
    nadine nancy naomi natalia natalie natasha nathalie nathan nathaniel neil nelson niamh nicholas nick nicklas nico nicola nicolas nicole
    niels nigel nikita niklas nikola nikolai nikolaos nikos nils nina nisha noah noemi nora norbert noriko norma norman nuno ola olaf
    oleg olga oliver olivia olivier omar oscar oskar otto owen pablo pamela paola paolo pascal patricia patrick patrik patrizia paul paula
    paulina pauline paulo pavel pawel paweł pedro peggy penelope penny per peter petra petros phil philip philipp philippe phillip phyllis
    pierre pietro pilar piotr priya przemyslaw rachel radek rafael raffaele rahul rainer rajesh ralf ralph ramon ramona randy raphael raquel
    rashid raul ravi raymond rebecca regina reinhard rene renata renate rhonda ricardo riccardo richard rick rita robert roberta roberto
    robin rodrigo roger roland rolf roman romain ron ronald ronny rosa rosalie rosemary roxanne roy ruben rudolf rudolph rui rupert russell
    ruth ryan sabina sabine sabrina saeed said salma salvatore sam samantha samir samuel sandra sandrine sandro sanjay sara sarah satoshi
    scott sean sebastian sébastien sergei sergey sergio seth shane shannon sharon shaun shawn sheila shelley sherry shirley sigrid silke
    silvia simon simona simone sofia sofie solange sonia sonja sophia sophie stacey stanislav stanislaw stefan stefania stefanie stefano
    steffen stella stelios stephan stephanie stephane stéphane stephen steve steven stig stuart sunil susan susana susanne suzanne svein
    sven svetlana sylvia sylvie sylwia szymon takashi takeshi tamara tania tanja tanya tara tatiana tatjana taylor teresa terry theodor
    theresa therese thierry thomas thorsten tiago tiffany till tim timo timothy tina tobias todd tom tomas tomasz tomáš tommaso tommy toni
    tony torsten tracey tracy trevor tristan troy ulrich ulrike ulrika urs ursula ute uwe vadim valentin valentina valeria valerie vanessa
    vasilis veronica veronika vicente vicki vickie victoria viktor viktoria vijay vincent vincenzo virginie vittorio vivian vivien viviane vladimir
    volker walter waltraud wanda wayne wendy werner wesley wilfried wilhelm willem william wim wojciech wolfgang xavier yannick yasmin
    yolanda yuki yusuf yvette yvonne zachary zbigniew zeynep zofia zoe zoltan""".split()  # noqa: SIM905
) - {"adams", "august", "per", "said", "till", "max"}
# Compiled when first used: a server that starts has no use for them yet.
_compiled = cache(re.compile)
_CAPITAL = "A-ZÀ-ÖØ-ÞČĆĎĐĚĞİŁŃŇŐŘŚŞŠŤŮŰŹŻŽΆΈ-ΫА-Я"
_WORD = rf"[{_CAPITAL}][\w’'-]*\w"
_PARTICLE = r"(?:van|von|der|den|de|da|do|dos|del|della|di|la|le|el|al|bin|ibn|ten|ter|zu|af|av)"
_NAME = rf"{_WORD}(?:[ ]+(?:{_PARTICLE}[ ]+){{0,2}}{_WORD}|[ ]+[{_CAPITAL}]\.){{0,3}}"
_TITLED = (
    r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Madam|Herr|Herrn|Frau|Hr|Mme|Mlle|Monsieur|Madame|Señora?|Sra|Sig|Signora?|Signor|Dhr|Mevr|Pani)\b\.?"
    rf"[ ]+(?:(?:Dr|Prof|Med)\.?[ ]+)?({_NAME})"
)
# What only a name follows, and what something else follows too, so that one word is believed only if it is a given name.
_CUE = (
    r"(?i:\b(?:(?:my|his|her|their|the|customer|full|first|last|maiden|patient|partner's|husband's|wife's|client|user|account holder)(?: \w+)? name(?: is|:)|(?<!\w )name[ \t]*:|'s name is"
    r"|(?:mein|sein|ihr) name ist|ich hei(?:ß|ss)e|je m'appelle|me llamo|mi nombre es|mi chiamo|meu nome é|ik heet|jag heter|nazywam się"
    r"|(?:call|calls|called|calling) (?:me|him|her)|name[ds]? (?:him|her)|born to|married to|signed,?|attn\.?:?|c/o|on behalf of|account holder:?|patient:|customer:|passenger:"
    rf"|regards,|sincerely,|faithfully,|truly,|gr(?:ü|ue)(?:ß|ss)en,?|cordialement,|saludos,|see you,?|dear))\s+({_NAME})"
)
# What any of them holds: most texts hold none of these, which is much sooner seen.
_CUE_SIGNS = (
    "name", "nome", "nombre", "hei", "appelle", "llamo", "chiamo", "heet", "heter", "nazywam", "call", "born to",
    "married to", "signed", "attn", "c/o", "on behalf", "account holder", "patient:", "customer:", "passenger:", "regards",
    "sincerely", "faithfully", "truly", "ßen", "ssen", "cordialement", "saludos", "see you", "dear",
)  # fmt: skip
_WEAK_CUE = rf"(?i:\b(?:i am|i'm|this is|called|contact|thanks,|hi|hello|hey|hallo|liebe|lieber|bonjour|hola|ciao|speak(?:ing)? (?:to|with)|spoke (?:to|with)|cheers,|best,))\s+({_NAME})"
_PLAIN_CUE = r"\b(?:my name is|my name's|call me|i am called|name ?:) ([a-z]+)(?: [a-z]+)?\b"
_RUN = rf"(?<![\w’'-]){_NAME}"
_NOT_A_NAME = frozenset(
    """I The A An Not Sorry Happy Here There Sure All Everyone Team Sir Madam Customer User And But So Going Looking
    Very Just Also Yes No It This That What How Please Thank Thanks We You My Your Our God Monday Tuesday
    Wednesday Thursday Friday Saturday Sunday Support Us January February March April May June July August September
    October November December Mom Dad Santa Hiring Manager Concern Whom Guest Friend Friends Colleague Colleagues Editor
    Officer Agent Assistant Recruiter Reader Readers Diary Doctor Professor President Name Email Phone Address Date Who Where When Why Is Was Are Were Do Does Did
    Could Can Would If In On At For From To Of With""".split()  # noqa: SIM905
)
# A given name before one of these belongs to a place, a house or a firm.
_THING = frozenset(
    """Street St Road Rd Avenue Ave Lane Drive Square Park Bridge River Lake Mountain Island Islands Bay Beach City Town
    County University College School Institute Hospital Church Cathedral Airport Station Stadium Museum Theatre Theater
    Library Hall House Hotel Building Tower Center Centre Prize Award Medal Cup Trophy Day Inc Ltd LLC Corp Company Group
    Foundation Bank Records Motors Brothers Bros Airlines Act Law Effect Theorem Syndrome Disease Method Test""".split()  # noqa: SIM905
)
# After one of these it belongs to a place or to somebody known by it.
_BEFORE = frozenset(
    "St Saint San Santa Sankt Port Fort Lake Mount King Queen Prince Princess Pope Emperor Hurricane Fort New".split()  # noqa: SIM905
)


def find_people(text: str) -> Iterator[tuple[int, int, float]]:
    """(start, end, how sure) of names, the surest kinds first; they may overlap.

    0.8 after a title or with a given name after a phrase, 0.6 after a phrase that only names follow, 0.45 for a given name
    with a surname in running text and 0.4 for one alone: whether such a person is a private one cannot be seen.
    """
    for match in _compiled(_TITLED).finditer(text):
        if (found := _trimmed(match.group(1))) is not None:
            yield match.start(1), match.start(1) + len(found), 0.8
    low = text.lower()
    cues = [(_CUE, False)] if any(sign in low for sign in _CUE_SIGNS) else []
    for pattern, is_weak in [*cues, (_WEAK_CUE, True)]:
        for match in _compiled(pattern).finditer(text):
            found = _trimmed(match.group(1))
            if found is None:
                continue
            is_given = found.split()[0].lower() in GIVEN
            if is_given or not is_weak:
                yield match.start(1), match.start(1) + len(found), 0.8 if is_given else 0.6
    for match in _compiled(_PLAIN_CUE).finditer(text) if cues else ():
        if match.group(1) in GIVEN:
            yield match.start(1), match.end(1), 0.7
    yield from _in_running_text(text)


def _in_running_text(text: str) -> Iterator[tuple[int, int, float]]:
    for match in _compiled(_RUN).finditer(text):
        words = match.group().split()
        first = next((place for place, word in enumerate(words) if _bare(word) in GIVEN), None)
        if first is None or words[-1] in _THING or _before(text, match.start(), words, first) in _BEFORE:
            continue
        shown = " ".join(words[first:])
        start = match.end() - len(shown) if match.group().endswith(shown) else match.start()
        found = _trimmed(text[start : match.end()])
        if found is not None:
            yield start, start + len(found), 0.45 if len(found.split()) > 1 else 0.4


def _before(text: str, start: int, words: list[str], first: int) -> str:
    """The word before the name, without its full stop."""
    if first:
        return words[first - 1].rstrip(".")
    around = text[max(0, start - 12) : start].split()
    return around[-1].rstrip(".") if around else ""


def _bare(word: str) -> str:
    return word.lower().replace("’", "'").removesuffix("'s")


def _trimmed(name: str) -> str | None:
    """Without a possessive's s and what cannot end a name; None where the first word is no name."""
    if name.split()[0].strip(".,") in _NOT_A_NAME:
        return None
    words = re.split(r"(\s+)", name)
    while len(words) > 2 and words[-1] in _NOT_A_NAME:
        words = words[:-2]
    return re.sub(r"['’]s$", "", "".join(words))
